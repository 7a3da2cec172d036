use crate::error::Effect;

/// The service to which a request is sent, with the settings of its address.
#[derive(Clone, Copy, Debug)]
pub struct Peer<'a> {
    /// Its name, or its address if that is a setting.
    pub name: &'a str,
    /// Its address with the settings that contain it, as a remedy names them.
    pub endpoint: &'static str,
    /// The remedy for an unknown issuer: where to name your own certificate authority.
    pub bundle: &'static str,
}

/// The possible effect of a request that was carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// None.
    Read,
    /// A change.
    Write,
}

impl Sent {
    /// The effect if it is unknown whether the service carried out the request.
    pub fn if_unsettled(self) -> Effect {
        match self {
            Self::Read => Effect::None,
            Self::Write => Effect::Unknown,
        }
    }
}

/// The settings of proxies, as a remedy names them.
pub(super) const PROXY: &str = "the proxy in HTTPS_PROXY, HTTP_PROXY or ALL_PROXY";

/// The remedy for a proxy that requires authentication.
pub(super) const PROXY_USER: &str = "put the user and the password into the address of the proxy in HTTPS_PROXY or HTTP_PROXY (http://user:password@host:port)";
