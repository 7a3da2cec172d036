//! Writes a draft as an intent file.

use super::Draft;
use crate::config::{Config, UnwritableConfig};

impl Draft {
    /// Writes the intent file of `config` with the draft's intent in place of its own. The exceptions come first, as
    /// comments.
    ///
    /// ```text
    /// # 35 accounts are as the rules say, 1 are not.
    /// # 111122220005 "plain5" (rule "everybody"): has no connector yet
    /// ```
    ///
    /// **Errors.** Those of [`Config::to_toml`].
    pub fn to_toml(&self, config: &Config) -> Result<String, UnwritableConfig> {
        let mut text = String::new();
        for line in self.to_string().lines() {
            // A name may contain any character, and must not end the comment.
            let line: String = line.chars().filter(|c| !c.is_control()).collect();
            text.extend(["# ", &line, "\n"]);
        }
        let config = Config { intent: self.intent.clone(), ..config.clone() };
        Ok(text + "\n" + &config.to_toml()?)
    }
}
