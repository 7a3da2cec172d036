//! Refuses web pages and incomplete responses.

use std::fmt;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use harness_ccm_core::internal::{BodyForm, ForeignAnswer};

/// Checks the bodies of successful responses, which are XML or JSON for all these services. The SDK is lenient with them: it
/// does not read the body of most writes of IAM, so it treats the page of a proxy as a success. It treats XML without its end
/// as complete: a role without the policies after that point. And it treats an empty body of Organizations as a list without
/// accounts.
#[derive(Debug)]
pub(crate) struct PageGuard;

/// A body that does not come from the service.
#[derive(Debug)]
pub(crate) struct ForeignPage(pub(crate) ForeignAnswer);

impl fmt::Display for ForeignPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for ForeignPage {}

#[dyn_dispatch_hint]
impl Intercept for PageGuard {
    fn name(&self) -> &'static str {
        "harness-ccm page guard"
    }

    /// The content type is not checked: moto labels its responses as web pages.
    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let answer = context.response();
        let Some(body) = answer.body().bytes().filter(|_| answer.status().is_success()) else {
            return Ok(());
        };
        let body = BodyForm::of(body);
        if body != BodyForm::Html && !body.is_cut() {
            return Ok(());
        }
        Err(ForeignPage(ForeignAnswer { status: answer.status().as_u16(), body }).into())
    }
}
