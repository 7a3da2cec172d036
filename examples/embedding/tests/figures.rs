//! The amount of code that an embedder writes: counted here, stated in the README of this folder, and never above the promised
//! limit.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The size of one program: lines without blank ones and comments, `use` statements, and the lines of its marked parts.
#[derive(Debug, Default)]
struct Figures {
    lines: usize,
    uses: usize,
    parts: BTreeMap<String, usize>,
}

/// A part begins at `// count: NAME` and ends at `// end`.
fn figures(text: &str) -> Figures {
    let mut figures = Figures::default();
    let mut part = None;
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix("// count: ") {
            part = Some(name.to_owned());
        } else if line == "// end" {
            assert!(part.take().is_some(), "a part ends that did not begin");
        } else if !line.is_empty() && !line.starts_with("//") {
            figures.lines += 1;
            figures.uses += usize::from(line.starts_with("use "));
            *part.as_ref().map_or(&mut 0, |part| figures.parts.entry(part.clone()).or_default()) += 1;
        }
    }
    assert_eq!(part, None, "a part does not end");
    figures
}

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn examples() -> BTreeMap<String, Figures> {
    let files = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let programs = files.filter(|file| file.extension().is_some_and(|extension| extension == "rs"));
    let name = |file: &Path| file.file_stem().unwrap().to_str().unwrap().to_owned();
    programs.map(|file| (name(&file), figures(&fs::read_to_string(&file).unwrap()))).collect()
}

#[test]
fn counted_parts_of_examples_are_as_short_as_promised() {
    let examples = examples();
    for (example, part, promised) in [
        ("three_accounts", "pipeline", 6),
        ("guards", "guard", 5),
        ("whole_run", "audit", 3),
        ("waves", "waves", 8),
    ] {
        let lines = examples[example].parts[part];
        assert!(lines <= promised, "{example}: {part} takes {lines} lines, promised are {promised}");
    }
    assert!(examples["three_accounts"].uses <= 2, "one glob import is to be enough");
}

#[test]
fn the_readme_has_the_line_counts_of_every_program() {
    let readme = fs::read_to_string(folder().join("README.md")).unwrap();
    let rows: Vec<&str> = readme.lines().filter(|line| line.starts_with("| [`")).collect();
    let examples = examples();
    assert_eq!(rows.len(), examples.len());
    for (name, Figures { lines, uses, parts }) in &examples {
        let parts: Vec<_> = parts.iter().map(|(part, lines)| format!("{part} {lines}")).collect();
        let begins = format!("| [`{name}`]({name}.rs) | {lines} | {uses} | {} |", parts.join(", "));
        assert!(rows.iter().any(|row| row.starts_with(&begins)), "the README lacks {begins}");
    }
}

#[test]
fn every_program_is_run_by_the_tests() {
    let manifest = fs::read_to_string(folder().join("Cargo.toml")).unwrap();
    for name in examples().keys() {
        let target =
            format!("[[example]]\nname = \"{name}\"\npath = \"{name}.rs\"\nharness = false\ntest = true\n");
        assert!(manifest.contains(&target), "{name}");
    }
}

#[test]
fn blank_lines_and_comments_are_not_counted() {
    let counted =
        figures("//! Doc.\nuse a;\n\n// count: part\nlet x = 1;\n// why\nlet y = 2;\n// end\nlet z = 3;\n");
    assert_eq!((counted.lines, counted.uses, counted.parts["part"]), (4, 1, 2));
}
