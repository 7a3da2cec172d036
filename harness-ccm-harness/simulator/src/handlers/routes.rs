use std::sync::Arc;

use percent_encoding::percent_decode_str;

use crate::answer::{Answer, Outcome};
use crate::handlers::access::authenticate;
use crate::handlers::{ccm, connection_test, connectors, listing, overview, token};
use crate::incoming::Incoming;
use crate::state::State;
use crate::store::record::Key;

/// Handles a request to the API. Every path is served with and without the prefix `/gateway`.
pub(crate) async fn handle(state: &Arc<State>, incoming: &Incoming) -> Outcome {
    let account = state.config.account.as_ref().map(AsRef::as_ref);
    let caller = authenticate(account, &state.config.keys, incoming)?;
    let path = incoming.path.strip_prefix("/gateway").unwrap_or(&incoming.path);
    if path == "/ng/api/token/validate" && incoming.method == "POST" {
        return token::validate(state, &caller, incoming);
    }
    if path == "/ccm/api/connector/awsaccountconnectiondetail" && incoming.method == "GET" {
        return Ok(ccm::connection_detail(state, &caller.account, incoming));
    }
    let rest = path.strip_prefix("/ng/api/connectors").ok_or_else(Answer::no_such_path)?;
    let segments: Vec<_> = rest
        .split('/')
        .filter(|segment| !segment.is_empty())
        .map(|segment| percent_decode_str(segment).decode_utf8_lossy())
        .collect();
    let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
    match (incoming.method.as_str(), &segments[..]) {
        ("POST", []) => connectors::create(state, &caller, incoming).await,
        ("PUT", []) => connectors::update(state, &caller, incoming).await,
        ("GET", []) => listing::old_page(state, &caller, incoming),
        ("POST", ["listV2"]) => listing::page(state, &caller, incoming),
        ("POST", ["listbyfqn"]) => connectors::by_names(state, &caller, incoming),
        ("POST", ["getceawstemplateurl"]) => Ok(ccm::template_url()),
        ("GET", ["stats"]) => Ok(overview::stats(state, &caller, incoming)),
        ("GET", ["catalogue"]) => Ok(overview::catalogue()),
        ("GET", ["validateUniqueIdentifier"]) => {
            let identifier = incoming.param("identifier").unwrap_or_default();
            Ok(connectors::is_free(state, &scoped(incoming, identifier)))
        }
        ("POST", ["testConnection", id]) => connection_test::test(state, &scoped(incoming, id)).await,
        ("GET", [id]) => connectors::get(state, &caller, incoming, &scoped(incoming, id)),
        ("DELETE", [id]) => connectors::delete(state, &caller, incoming, &scoped(incoming, id)),
        (_, [] | [_]) => {
            Err(Answer::failure(405, "RESOURCE_NOT_FOUND_EXCEPTION", "HTTP 405 Method Not Allowed"))
        }
        _ => Err(Answer::no_such_path()),
    }
}

fn scoped(incoming: &Incoming, id: &str) -> Key {
    let scope = |name| incoming.param(name).unwrap_or_default().to_owned();
    (scope("orgIdentifier"), scope("projectIdentifier"), id.into())
}
