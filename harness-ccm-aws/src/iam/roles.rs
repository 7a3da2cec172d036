use aws_sdk_iam::Client;
use harness_ccm_core::{ErrorKind, Result};

use crate::session::Sessions;

/// Roles in the accounts of an organization, through IAM.
#[derive(Clone, Debug)]
pub struct IamRoles {
    pub(super) client: Client,
    pub(super) sessions: Sessions,
}

impl IamRoles {
    pub(crate) fn new(client: Client, sessions: Sessions) -> Self {
        Self { client, sessions }
    }
}

/// Removing what is gone is done.
pub(super) fn gone(answer: Result<()>) -> Result<()> {
    match answer {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
