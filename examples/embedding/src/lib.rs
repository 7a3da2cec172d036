//! The programs next to this file are the examples of this crate. The crate itself only compiles the program of README.md.

#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
