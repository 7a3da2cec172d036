use crate::error::Effect;

/// The service that a request is for, with the settings that lead to it.
#[derive(Clone, Copy, Debug)]
pub struct Peer<'a> {
    /// Its name, or its address where that is a setting.
    pub name: &'a str,
    /// Its address with the settings that hold it, as a remedy names them.
    pub endpoint: &'static str,
    /// What to do about an unknown issuer: where to name an own certificate authority.
    pub bundle: &'static str,
}

/// What a request may have changed if it was carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// Nothing.
    Read,
    /// Something.
    Write,
}

impl Sent {
    /// The effect if nobody knows whether the service carried the request out.
    pub fn if_unsettled(self) -> Effect {
        match self {
            Self::Read => Effect::None,
            Self::Write => Effect::Unknown,
        }
    }
}

/// The settings of proxies, as a remedy names them.
pub(super) const PROXY: &str = "the proxy in HTTPS_PROXY, HTTP_PROXY or ALL_PROXY";

/// What to do about a proxy that asks who calls.
pub(super) const PROXY_USER: &str = "put the user and the password into the address of the proxy in HTTPS_PROXY or HTTP_PROXY (http://user:password@host:port)";
