//! AWS backend of harness-ccm: accounts from Organizations, roles through IAM.
