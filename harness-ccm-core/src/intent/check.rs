use super::recipe::Recipe;
use super::resolve::onboard;
use super::rule_list::RuleList;
use super::{Diagnostic, Intent, InvalidIntent, RuleAction};
use crate::account::Account;

impl Intent {
    /// Judges what can be judged before any account is known: the settings of roles, and what every rule asks of the catalogue. Says
    /// which rules can never decide, whatever accounts there are.
    ///
    /// Pure. [`resolve`](Self::resolve) judges the same, of the rules that decide on some account; this is for whoever writes an
    /// intent.
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
    /// **Errors.** [`InvalidIntent`], as `resolve` has it.
    pub fn check(&self) -> Result<Vec<Diagnostic>, InvalidIntent> {
        self.check_roles()?;
        // What is refused in one partition alone is a matter of the accounts there.
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
