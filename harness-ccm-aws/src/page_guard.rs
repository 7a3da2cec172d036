//! Refuses web pages and cut answers.

use std::fmt;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use harness_ccm_core::internal::{BodyForm, ForeignAnswer};

/// Every good answer of these services has a body of XML or JSON, and the SDK is lenient with it. It does not read that of most writes of
/// IAM, so it takes the page of a proxy for success. It takes XML without its end for whole: a role without the policies behind the
/// cut. And it takes an empty body of Organizations for a list without accounts.
#[derive(Debug)]
pub(crate) struct PageGuard;

/// What came in place of an answer.
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

    /// The type of content does not tell: moto calls its answers web pages.
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
