//! Sends calls to AWS in their sessions, and converts their errors.

/// Sends a request in a session: `call!(request, session, Read, "iam:GetRole")`. `Read` or `Write` determines the possible
/// effect of a lost response.
macro_rules! call {
    ($request:expr, $session:expr, $call:ident, $operation:expr) => {
        $request.customize().config_override($session.config()).send().await.map_err(|error| {
            $crate::error::from_sdk($operation, harness_ccm_core::internal::Sent::$call, error)
        })
    };
}

pub(crate) use call;
