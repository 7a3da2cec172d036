//! How every call to AWS ends: in its session, with its error as one of ours.

/// Sends a request in a session: `call!(request, session, Read, "iam:GetRole")`. `Read` or `Write` says what a lost answer leaves
/// open.
macro_rules! call {
    ($request:expr, $session:expr, $call:ident, $operation:expr) => {
        $request.customize().config_override($session.config()).send().await.map_err(|error| {
            $crate::error::from_sdk($operation, harness_ccm_core::internal::Sent::$call, error)
        })
    };
}

pub(crate) use call;
