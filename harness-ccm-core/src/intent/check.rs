use super::recipe::Recipe;
use super::resolve::onboard;
use super::rule_list::RuleList;
use super::{Diagnostic, Intent, InvalidIntent, RuleAction};
use crate::account::Account;

impl Intent {
    /// Checks the parts of the intent that do not depend on accounts: the settings of roles, and the features of every rule.
    /// Returns a diagnostic for each rule that can never decide about an account, for example because an earlier rule selects all its
    /// accounts.
    ///
    /// This method is pure and is intended for authors of an intent. [`resolve`](Self::resolve) also checks the settings of
    /// roles, but checks the features only of rules that decide about an account.
    ///
    /// ```
    /// use harness_ccm_core::prelude::*;
    ///
    /// let intent = Intent::us("my-harness-account".parse()?)
    ///     .with_rule(Rule::onboard("all", Selector::all(), FeatureSet::new().with_visibility()))
    ///     .with_rule(Rule::skip("sandboxes", Selector::all().with_name("sandbox-*"), "no spend"));
    /// let said = intent.check()?;
    /// assert!(said[0].to_string().starts_with("rule \"sandboxes\" can never match"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// **Errors.** [`InvalidIntent`] if the settings of roles, or the features of a rule, are invalid.
    pub fn check(&self) -> Result<Vec<Diagnostic>, InvalidIntent> {
        self.check_roles()?;
        // A refusal in only one partition depends on the accounts there.
        let stand_in = Account::new("123456789012".parse()?, "stand-in");
        let (identifier, recipe) = (format!("aws{}", stand_in.id).parse()?, Recipe::new(self));
        for rule in &self.rules {
            if let RuleAction::Onboard(features) = &rule.action {
                onboard(&recipe, &stand_in, &rule.name, features, &identifier)?;
            }
        }
        Ok(RuleList::new(&self.rules).never_deciding())
    }
}
