//! Every reader of files returns a value or an error for any bytes. For longer runs there are fuzz targets: see `fuzz/README.md`.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

#[path = "support/readers.rs"]
mod readers;

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use readers::READERS;

/// One change of a file.
#[derive(Clone, Debug)]
enum Edit {
    Remove {
        at: Index,
        length: usize,
    },
    Insert {
        at: Index,
        bytes: Vec<u8>,
    },
    /// A part of this file or of another one, in another place.
    Copy {
        from: Index,
        length: usize,
        at: Index,
    },
    Cut {
        at: Index,
    },
}

fn edit() -> impl Strategy<Value = Edit> {
    let special = select(vec![
        &b"\""[..],
        b",",
        b"\n",
        b"\r",
        b"\0",
        b"{",
        b"}",
        b"[",
        b"]",
        b"\\",
        b"\xff",
        b"\xc3",
        b"\\ud800",
        b"null",
        b"-1",
        b"1e999",
        b"99999999999999999999",
        b"0.0",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\x0c",
        b"\\u001b",
        b"\xe2\x80\xae",
        b"=\"",
        b"sep=,\n",
        b"/Date(1)/",
        b"o-/",
        b"\"\"",
        b" ",
    ]);
    prop_oneof![
        (any::<Index>(), 1..20_usize).prop_map(|(at, length)| Edit::Remove { at, length }),
        (any::<Index>(), prop::collection::vec(any::<u8>(), 1..4))
            .prop_map(|(at, bytes)| Edit::Insert { at, bytes }),
        (any::<Index>(), special).prop_map(|(at, bytes)| Edit::Insert { at, bytes: bytes.to_vec() }),
        (any::<Index>(), 1..60_usize, any::<Index>()).prop_map(|(from, length, at)| Edit::Copy {
            from,
            length,
            at
        }),
        any::<Index>().prop_map(|at| Edit::Cut { at }),
    ]
}

fn edited(mut bytes: Vec<u8>, other: &[u8], edits: &[Edit]) -> Vec<u8> {
    for edit in edits {
        let place = |at: &Index| at.index(bytes.len() + 1);
        match edit {
            Edit::Remove { at, length } => {
                let at = place(at);
                let end = (at + length).min(bytes.len());
                bytes.drain(at..end);
            }
            Edit::Insert { at, bytes: inserted } => {
                let at = place(at);
                bytes.splice(at..at, inserted.iter().copied());
            }
            Edit::Copy { from, length, at } => {
                let (from, at) = (from.index(other.len()), place(at));
                let end = (from + length).min(other.len());
                bytes.splice(at..at, other[from..end].iter().copied());
            }
            Edit::Cut { at } => bytes.truncate(place(at)),
        }
    }
    bytes
}

static SEEDS: LazyLock<Vec<Vec<Vec<u8>>>> =
    LazyLock::new(|| READERS.iter().map(|reader| (reader.seeds)()).collect());

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn any_bytes_are_a_value_or_an_error(
        reader in 0..READERS.len(),
        (seed, other) in any::<(Index, Index)>(),
        edits in prop::collection::vec(edit(), 0..6),
    ) {
        let seeds = &SEEDS[reader];
        let all: Vec<&Vec<u8>> = SEEDS.iter().flatten().collect();
        let bytes = edited(seeds[seed.index(seeds.len())].clone(), all[other.index(all.len())], &edits);
        (READERS[reader].read)(&bytes);
    }
}

#[test]
fn the_files_that_runs_begin_with_are_well_formed() {
    use harness_ccm_core::source::{ListOptions, ListSource};
    let padded = ListOptions::default().with_pad_ids();
    for seed in (READERS[0].seeds)() {
        ListSource::from_csv(&*seed, padded).unwrap();
    }
    for seed in (READERS[1].seeds)() {
        ListSource::from_json(&*seed, padded).unwrap();
    }
    let plan = String::from_utf8((READERS[4].seeds)().remove(0)).unwrap();
    let plan = harness_ccm_core::plan::Plan::from_json(&plan).unwrap();
    assert!(plan.has_changes());
}
