use std::fmt;

use serde::{Deserialize, Serialize};

/// A value of an external vocabulary, which may get new words before this library knows them.
///
/// A word of a newer server is kept and written back, never dropped.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Named<T> {
    /// A word that this version knows.
    Known(T),
    /// A word that this version does not know.
    Other(String),
}

impl<T: Word> Named<T> {
    /// The word on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(word) => word.word(),
            Self::Other(word) => word,
        }
    }
}

impl<T> From<T> for Named<T> {
    fn from(word: T) -> Self {
        Self::Known(word)
    }
}

impl<T: Word> fmt::Display for Named<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl<T: Word> Serialize for Named<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de, T: Word> Deserialize<'de> for Named<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        Ok(T::ALL
            .iter()
            .find(|known| known.word() == word)
            .map_or(Self::Other(word), |known| Self::Known(*known)))
    }
}

/// A word of the Harness connector schema.
pub trait Word: Copy + 'static {
    /// All words that this version knows.
    const ALL: &'static [Self];

    /// The word on the wire.
    fn word(&self) -> &'static str;
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $wire:literal, $config:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[non_exhaustive]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $config)] $variant,)+ }

        impl Word for $name {
            const ALL: &'static [Self] = &[$(Self::$variant),+];

            fn word(&self) -> &'static str {
                match self { $(Self::$variant => $wire,)+ }
            }
        }

        impl $name {
            /// All values.
            pub const ALL: &'static [Self] = <Self as Word>::ALL;

            /// The word in an intent file.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $config,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

words! {
    /// A CCM feature, as in a connector's `featuresEnabled` (Harness API reference, connector type `CEAws`).
    ///
    /// The sort order is that of the Harness console.
    ///
    /// ```
    /// use harness_ccm_core::feature::Feature;
    ///
    /// assert_eq!(Feature::Commitment.as_str(), "commitment");
    /// ```
    Feature {
        /// Cost data from a Cost and Usage Report.
        Billing = "BILLING", "billing";
        /// Inventory of EC2, ECS and RDS.
        Visibility = "VISIBILITY", "visibility";
        /// AutoStopping.
        Optimization = "OPTIMIZATION", "optimization";
        /// Asset governance.
        Governance = "GOVERNANCE", "governance";
        /// Commitment orchestration.
        Commitment = "COMMITMENT_ORCHESTRATOR", "commitment";
        /// Cluster orchestration.
        ClusterOrchestration = "CLUSTER_ORCHESTRATOR", "cluster-orchestration";
    }
}

words! {
    /// A kind of resource that AutoStopping stops, or of proxy that it uses, as in `autostoppingFeatures`.
    AutoStopping {
        /// EC2 instances.
        Ec2 = "EC2", "ec2";
        /// EC2 spot instances.
        Ec2Spot = "SPOT", "ec2-spot";
        /// Auto Scaling groups.
        Asg = "ASG", "asg";
        /// ECS services.
        Ecs = "ECS", "ecs";
        /// RDS instances and clusters.
        Rds = "RDS", "rds";
        /// Application load balancers; needs an execution role for the Lambda function behind them.
        Alb = "ALB", "alb";
        /// The AutoStopping proxy.
        Proxy = "PROXY", "proxy";
    }
}

impl AutoStopping {
    /// The kinds of which at least one is needed in addition to stop anything (Harness documentation, AutoStopping for AWS,
    /// 2026; that spot instances need instances is inferred).
    pub fn partners(self) -> &'static [Self] {
        match self {
            Self::Ec2 | Self::Asg => &[Self::Alb, Self::Proxy],
            Self::Rds => &[Self::Proxy],
            Self::Ecs => &[Self::Alb],
            Self::Ec2Spot => &[Self::Ec2],
            Self::Alb => &[Self::Ec2, Self::Asg, Self::Ecs],
            Self::Proxy => &[Self::Ec2, Self::Asg, Self::Rds],
        }
    }
}

words! {
    /// A service whose commitments are orchestrated, as in `commitmentFeatures`.
    CommitmentService {
        /// EC2 reservations and savings plans.
        Ec2 = "EC2", "ec2";
        /// RDS reservations.
        Rds = "RDS", "rds";
        /// `ElastiCache` reservations.
        ElastiCache = "ElastiCache", "elasticache";
    }
}

words! {
    /// The format of a cost report, as in a connector's `curAttributes.reportType`. If the server names none, it
    /// is [`ReportType::Cur1`] (Harness API reference).
    ReportType {
        /// The classic Cost and Usage Report.
        Cur1 = "CUR1.0", "CUR1.0";
        /// Cost and Usage Report 2.0 (a data export). Harness Support must enable it for the Harness account, with the feature
        /// flag `CCM_AWS_NEW_CUR` (Harness documentation, 2026).
        Cur2 = "CUR2.0", "CUR2.0";
        /// FOCUS 1.3. It is in Harness' schema but not in its documentation, so it is read and kept, but refused in an
        /// intent.
        Focus = "FOCUSv1.3", "FOCUSv1.3";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partners_of_resources_and_proxies_are_mutual() {
        for kind in AutoStopping::ALL.iter().filter(|kind| **kind != AutoStopping::Ec2Spot) {
            for partner in kind.partners() {
                assert!(partner.partners().contains(kind), "{kind} {partner}");
            }
        }
    }

    #[test]
    fn a_word_of_a_newer_server_survives_a_round_trip() {
        let json = r#"["VISIBILITY","TELEPATHY"]"#;
        let words: Vec<Named<Feature>> = serde_json::from_str(json).unwrap();
        assert_eq!(words, [Named::Known(Feature::Visibility), Named::Other("TELEPATHY".into())]);
        assert_eq!(serde_json::to_string(&words).unwrap(), json);
    }
}
