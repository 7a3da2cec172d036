use std::sync::Arc;

use percent_encoding::percent_decode_str;

use super::access::authenticate;
use super::answer::{Answer, Outcome};
use super::incoming::Incoming;
use super::server::Server;
use super::store::Key;
use super::{ccm, connection_test, connectors, listing};

/// Answers a request to the API, which is served with and without `/gateway` before it.
pub(super) async fn handle(server: &Arc<Server>, incoming: &Incoming) -> Outcome {
    let account = server.config.account.as_ref().map(AsRef::as_ref);
    let caller = authenticate(account, &server.config.keys, incoming)?;
    let path = incoming.path.strip_prefix("/gateway").unwrap_or(&incoming.path);
    if path == "/ccm/api/connector/awsaccountconnectiondetail" && incoming.method == "GET" {
        return Ok(ccm::connection_detail(server, &caller.account, incoming));
    }
    let rest = path.strip_prefix("/ng/api/connectors").ok_or_else(Answer::no_such_path)?;
    let segments: Vec<_> = rest
        .split('/')
        .filter(|segment| !segment.is_empty())
        .map(|segment| percent_decode_str(segment).decode_utf8_lossy())
        .collect();
    let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
    match (incoming.method.as_str(), &segments[..]) {
        ("POST", []) => connectors::create(server, &caller, incoming).await,
        ("PUT", []) => connectors::update(server, &caller, incoming).await,
        ("GET", []) => listing::old_page(server, &caller, incoming),
        ("POST", ["listV2"]) => listing::page(server, &caller, incoming),
        ("POST", ["listbyfqn"]) => connectors::by_names(server, &caller, incoming),
        ("POST", ["getceawstemplateurl"]) => Ok(ccm::template_url()),
        ("GET", ["validateUniqueIdentifier"]) => {
            let identifier = incoming.param("identifier").unwrap_or_default();
            Ok(connectors::is_free(server, &scoped(incoming, identifier)))
        }
        ("POST", ["testConnection", id]) => connection_test::test(server, &scoped(incoming, id)).await,
        ("GET", [id]) => connectors::get(server, &caller, incoming, &scoped(incoming, id)),
        ("DELETE", [id]) => connectors::delete(server, &caller, incoming, &scoped(incoming, id)),
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
