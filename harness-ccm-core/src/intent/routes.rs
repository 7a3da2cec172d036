use super::{Intent, InvalidIntent};
use crate::account::Account;
use crate::catalog;
use crate::id::{RoleName, RolePath};
use crate::route::{Route, SessionScope};

impl Intent {
    /// The route into `account`, for a cross-account role of this name.
    pub(super) fn route_to(&self, account: &Account, role: &RoleName) -> Result<Route, InvalidIntent> {
        let mut route = self.reach.route(account);
        if self.reach.restrict
            && let Route::Assume(assume) = &mut route
        {
            assume.scope = Some(self.session_scope(role)?);
        }
        Ok(route)
    }

    /// The purpose of a session in an account.
    fn session_scope(&self, role: &RoleName) -> Result<SessionScope, InvalidIntent> {
        let (_, lambda) = catalog::lambda_role_name(&self.role.prefix)?;
        let policies = format!("{}*", RolePath::OF_ALL_POLICIES.trim_start_matches('/'));
        let former = self.role.former_names.iter().cloned();
        Ok(SessionScope::new([role.clone(), lambda].into_iter().chain(former)).with_policies(policies))
    }
}
