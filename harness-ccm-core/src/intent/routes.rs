use super::{Intent, InvalidIntent};
use crate::account::Account;
use crate::catalog;
use crate::id::RolePath;
use crate::route::{Route, SessionScope};

impl Intent {
    /// The way into `account`.
    pub fn route(&self, account: &Account) -> Result<Route, InvalidIntent> {
        let mut route = self.reach.route(account);
        if self.reach.restrict
            && let Route::Assume(assume) = &mut route
        {
            assume.scope = Some(self.session_scope()?);
        }
        Ok(route)
    }

    /// What a session in an account is for.
    fn session_scope(&self) -> Result<SessionScope, InvalidIntent> {
        let (_, lambda) = catalog::lambda_role_name(&self.role.prefix)?;
        let policies = format!("{}*", RolePath::OF_ALL_POLICIES.trim_start_matches('/'));
        Ok(SessionScope::new([self.role_name()?, lambda]).with_policies(policies))
    }
}
