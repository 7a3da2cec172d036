//! The order of the modules, as the documentation of the crate has it: it is complete, and no module uses one above it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests are tests too")]

use std::fs;
use std::path::Path;

/// Module and text of every file below `folder`, but for the roots of library and program.
fn modules(folder: &Path, prefix: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        if path.is_dir() {
            found.extend(modules(&path, &format!("{prefix}{stem}::")));
        } else if stem == "mod" {
            found.push((prefix.trim_end_matches("::").into(), fs::read_to_string(&path).unwrap()));
        } else if !["lib", "main"].contains(&stem) {
            found.push((format!("{prefix}{stem}"), fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

/// The code of a file: neither comments nor unit tests.
fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]").next().unwrap();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// What stands after each `crate::`, a list in braces taken apart.
fn paths(code: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for rest in code.split("crate::").skip(1) {
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':').unwrap_or(rest.len());
        let (path, rest) = rest.split_at(end);
        match rest.strip_prefix('{').and_then(|list| list.split_once('}')) {
            Some((list, _)) => {
                assert!(!list.contains('{'), "a list in a list is not read here: {path}{{{list}}}");
                let names = list.split(',').map(str::trim).filter(|name| !name.is_empty());
                paths.extend(names.map(|name| format!("{path}{name}")));
            }
            None => paths.push(path.into()),
        }
    }
    paths
}

/// The words in backquotes of the section on the order.
fn documented() -> Vec<String> {
    let text = fs::read_to_string("src/lib.rs").unwrap();
    let (_, section) = text.split_once("//! # Modules, from low to high\n").expect("the section is there");
    let lines: Vec<_> = section.lines().take_while(|line| line.starts_with("//!")).collect();
    lines.join(" ").split('`').skip(1).step_by(2).map(Into::into).collect()
}

#[test]
fn a_module_uses_only_modules_below_it() {
    let order = documented();
    let place = |module: &str| order.iter().position(|listed| listed == module);
    let modules = modules(Path::new("src"), "");
    assert!(modules.len() > 30, "{}", modules.len());
    let mut uses = 0;
    for (module, text) in &modules {
        let code = code(text);
        let paths = paths(&code);
        let declares_only = code.lines().all(|line| line.is_empty() || line.starts_with("pub(crate) mod "));
        let Some(own) = place(module) else {
            assert!(declares_only, "{module} is not in the order");
            continue;
        };
        assert!(
            !code.contains("super::"),
            "{module}: paths begin with `crate::`, so that they can be read here"
        );
        for path in paths {
            // The longest name of a module that the path begins with.
            let target = order
                .iter()
                .filter(|listed| path == **listed || path.starts_with(&format!("{listed}::")))
                .max_by_key(|listed| listed.len())
                .unwrap_or_else(|| panic!("{module} uses {path}, which is of no module in the order"));
            assert!(place(target).unwrap() < own, "{module} uses {target}, which stands above it");
            uses += 1;
        }
    }
    assert!(uses > 100, "{uses} uses were found");
    for listed in &order {
        assert!(modules.iter().any(|(module, _)| module == listed), "there is no module {listed}");
    }
}
