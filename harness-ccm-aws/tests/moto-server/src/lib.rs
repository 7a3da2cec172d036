//! Starts a moto server for tests.
