//! `docs/map.md` and the table "To change something, open" name files that exist, and the map leaves no file or folder out.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

fn text(name: &str) -> String {
    fs::read_to_string(format!("{ROOT}/{name}")).unwrap()
}

/// The texts in backticks that are paths: `file.rs`, `folder/`, and `folder/{one,two}.rs` for two files.
fn paths(text: &str) -> Vec<String> {
    let quoted = text.split('`').skip(1).step_by(2).filter(|text| !text.contains(char::is_whitespace));
    let is_source = |text: &str| Path::new(text).extension().is_some_and(|end| end == "rs" || end == "py");
    let paths = quoted.filter(|text| is_source(text) || text.ends_with('/'));
    let each = paths.flat_map(|path| match (path.split_once('{'), path.split_once('}')) {
        (Some((before, _)), Some((names, after))) => {
            let names = names.rsplit('{').next().unwrap();
            names.split(',').map(|name| format!("{before}{name}{after}")).collect()
        }
        _ => vec![path.to_owned()],
    });
    each.collect()
}

/// All files and folders below a folder, relative to it; folders end with a slash.
fn tree(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(tree(&entry.path()).into_iter().map(|below| format!("{name}/{below}")));
            found.insert(format!("{name}/"));
        } else {
            found.insert(name);
        }
    }
    found
}

/// Whether a path is one of the tree, written in full or relative to one of its folders. A star means any text.
fn is_in(tree: &BTreeSet<String>, path: &str) -> bool {
    let is_meant = |real: &str| match path.split_once('*') {
        Some((start, end)) => real.starts_with(start) && real.ends_with(end),
        None => real == path,
    };
    tree.iter().any(|real| is_meant(real) || real.match_indices('/').any(|(at, _)| is_meant(&real[at + 1..])))
}

/// The sections of the map: the folder in the heading, and the text.
fn sections(map: &str) -> Vec<(&str, &str)> {
    let sections = map.split("\n## `").skip(1).map(|section| section.split_once('`').unwrap());
    sections.collect()
}

/// What is wrong with a section of the map about a folder with this tree.
fn faults(text: &str, tree: &BTreeSet<String>) -> Vec<String> {
    let named = paths(text);
    let is_in_workspace = |path: &str| Path::new(ROOT).join(path).exists();
    let missing = named.iter().filter(|path| !is_in(tree, path) && !is_in_workspace(path));
    let missing = missing.map(|path| format!("{path} does not exist"));
    let is_child = |path: &&String| !path.trim_end_matches('/').contains('/');
    let says_nothing = ["lib.rs", "mod.rs", "tests.rs"];
    let children = tree.iter().filter(is_child).filter(|path| !says_nothing.contains(&path.as_str()));
    // A folder is also named by a path in it.
    let is_named = |child: &str| named.iter().any(|path| path == child || path.starts_with(child));
    let left_out = children.filter(|child| !is_named(child)).map(|child| format!("{child} is left out"));
    missing.chain(left_out).collect()
}

#[test]
fn the_map_names_every_file_and_folder_and_no_other() {
    let map = text("docs/map.md");
    let sections = sections(&map);
    assert!(sections.len() >= 5, "{sections:?}");
    for (folder, text) in sections {
        assert_eq!(faults(text, &tree(&Path::new(ROOT).join(folder))), Vec::<String>::new(), "{folder}");
    }
}

#[test]
fn faults_of_a_map_are_found() {
    let tree: BTreeSet<String> =
        ["lib.rs", "a.rs", "b/", "b/c.rs", "d/", "d/e.rs", "f.rs"].map(str::to_owned).into();
    assert_eq!(
        faults("`a.rs` and `b/`: `c.rs`; `d/{e,g}.rs`", &tree),
        ["d/g.rs does not exist", "f.rs is left out"]
    );
}

#[test]
fn the_table_of_changes_names_files_that_exist() {
    let contributing = text("CONTRIBUTING.md");
    let table = contributing.split("## To change something, open").nth(1).unwrap();
    let (table, _) = table.split_once("\n## ").unwrap();
    let crates = [
        ("core/", "harness-ccm-core/"),
        ("aws/", "harness-ccm-aws/"),
        ("harness/", "harness-ccm-harness/"),
        ("simulator/", "harness-ccm-harness/simulator/"),
    ];
    let all: BTreeSet<String> = ["harness-ccm-core", "harness-ccm-aws", "harness-ccm-harness", "examples"]
        .into_iter()
        .flat_map(|folder| {
            tree(&Path::new(ROOT).join(folder)).into_iter().map(move |path| format!("{folder}/{path}"))
        })
        .collect();
    let mut count = 0;
    for path in paths(table) {
        let full =
            crates.iter().find_map(|(short, long)| Some(format!("{long}{}", path.strip_prefix(short)?)));
        assert!(
            full.is_some_and(|full| is_in(&all, &full)) || is_in(&all, &path),
            "CONTRIBUTING names {path}, which does not exist"
        );
        count += 1;
    }
    assert!(count > 40, "{count}");
}
