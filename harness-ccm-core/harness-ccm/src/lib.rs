#![doc = include_str!("../README.md")]
#![cfg_attr(all(feature = "aws", feature = "harness"), doc = include_str!("live.md"))]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub use harness_ccm_core::*;

#[cfg(feature = "aws")]
pub use harness_ccm_aws as aws;
#[cfg(feature = "harness")]
pub use harness_ccm_harness as harness;
