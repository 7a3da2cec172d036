//! Harness backend of harness-ccm: CCM AWS connectors, and a simulator of the Harness API.
