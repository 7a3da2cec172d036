use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::Path as FilePath;

use crate::mentions::{Mentions, Path};

/// The sources of one crate.
#[derive(Clone, Debug, Default)]
pub struct Source {
    files: BTreeMap<String, Mentions>,
}

/// A use of one file by another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// The module of the using file.
    pub by: String,
    /// The module of the used file.
    pub of: String,
    /// The path as written.
    pub path: String,
}

impl fmt::Display for Use {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { by, of, path } = self;
        write!(f, "{by} uses {of} ({path})")
    }
}

/// A publicly nameable item.
struct Public {
    name: String,
    /// The module that exports it.
    module: String,
    /// The file that defines it.
    home: String,
}

impl Source {
    /// Reads every file below a folder whose root is `lib.rs` or `main.rs`.
    ///
    /// # Panics
    ///
    /// If a file cannot be read or is not Rust.
    pub fn read(folder: impl AsRef<FilePath>) -> Self {
        Self::default().and(folder.as_ref(), "")
    }

    fn and(mut self, folder: &FilePath, module: &str) -> Self {
        #[expect(clippy::panic, reason = "for tests")]
        let fail = |error: std::io::Error| -> ! { panic!("{}: {error}", folder.display()) };
        for entry in fs::read_dir(folder).unwrap_or_else(|error| fail(error)) {
            let path = entry.unwrap_or_else(|error| fail(error)).path();
            let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                self = self.and(&path, &join(module, &stem));
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap_or_else(|error| fail(error));
                let module = match &*stem {
                    // The program of a library uses it as other crates do.
                    "main" if folder.join("lib.rs").exists() => continue,
                    "mod" | "lib" | "main" => module.to_owned(),
                    _ => join(module, &stem),
                };
                self = self.with_file(&module, &text);
            }
        }
        self
    }

    /// Adds or replaces a file.
    ///
    /// # Panics
    ///
    /// If the text is not Rust.
    #[must_use]
    pub fn with_file(mut self, module: &str, text: &str) -> Self {
        #[expect(clippy::panic, reason = "for tests")]
        let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{module}: {error}"));
        self.files.insert(module.into(), Mentions::of(&file));
        self
    }

    /// Returns the same sources with `text` added to one file.
    ///
    /// # Panics
    ///
    /// If the file does not exist, or the text is not Rust.
    #[must_use]
    pub fn with_line(mut self, module: &str, text: &str) -> Self {
        #[expect(clippy::panic, reason = "for tests")]
        let file = self.files.get_mut(module).unwrap_or_else(|| panic!("there is no file {module}"));
        let more = Self::default().with_file(module, text).files.remove(module).unwrap_or_default();
        file.paths.extend(more.paths);
        file.names.extend(more.names);
        self
    }

    /// The modules that are files, without the root of the crate.
    pub fn modules(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str).filter(|module| !module.is_empty())
    }

    /// The types and traits that users of the crate can name, each with the file that defines it.
    pub fn public_types(&self) -> BTreeSet<(String, String)> {
        let types = self.public(|file| &file.public_types);
        types.into_iter().map(|Public { name, home, .. }| (name, home)).collect()
    }

    /// The functions that users of the crate can name, each with the module that exports it.
    pub fn public_functions(&self) -> BTreeSet<(String, String)> {
        let functions = self.public(|file| &file.public_functions);
        functions.into_iter().map(|Public { name, module, .. }| (name, module)).collect()
    }

    /// The public functions and methods with a bare `bool` parameter, whose meaning is not visible in a call.
    pub fn public_flags(&self) -> BTreeSet<String> {
        self.files.values().flat_map(|file| &file.public_flags).cloned().collect()
    }

    /// The public functions, methods and variants, the last two after their type: `Plan::check`.
    pub fn public_members(&self) -> BTreeSet<String> {
        self.files.values().flat_map(|file| &file.public_members).cloned().collect()
    }

    /// The public exports of a module whose documentation has no example that is run.
    pub fn exported_without_example(&self, module: &str) -> BTreeSet<String> {
        let Some(exports) = self.files.get(module) else { return BTreeSet::new() };
        let lacks = |(name, path): &&(String, Path)| {
            let home = self.target(module, path).and_then(|home| self.files.get(&home));
            !home.is_some_and(|file| file.with_example.contains(name))
        };
        let ours = |(_, path): &&(String, Path)| path.first().is_some_and(|first| first == "crate");
        exports.public_exports.iter().filter(ours).filter(lacks).map(|(name, _)| name.clone()).collect()
    }

    /// The items of which the documentation has an example that `cargo test --doc` runs.
    pub fn with_example(&self) -> BTreeSet<String> {
        self.files.values().flat_map(|file| &file.with_example).cloned().collect()
    }

    fn public(&self, items: fn(&Mentions) -> &BTreeSet<String>) -> Vec<Public> {
        let mut public = Vec::new();
        let mut open = vec![String::new()];
        while let Some(module) = open.pop() {
            let Some(mentions) = self.files.get(&module) else { continue };
            let mut add = |name: &String, home| {
                public.push(Public { name: name.clone(), module: module.clone(), home });
            };
            for name in items(mentions) {
                add(name, module.clone());
            }
            for (name, path) in &mentions.public_exports {
                let original = path.last().filter(|last| *last != "*").unwrap_or(name);
                if let Some(home) = self.target(&module, path)
                    && self.files.get(&home).is_some_and(|file| items(file).contains(original))
                {
                    add(name, home);
                }
            }
            open.extend(mentions.public_modules.iter().map(|name| join(&module, name)));
        }
        public
    }

    /// All uses between files. The root of the crate is left out: it only declares and exports.
    pub fn uses(&self) -> BTreeSet<Use> {
        let mut uses = BTreeSet::new();
        for (module, mentions) in self.files.iter().filter(|(module, _)| !module.is_empty()) {
            let exported = mentions.exports.iter().filter(|(name, path)| {
                // A module that re-exports its own file only declares it, unless it also uses the name.
                mentions.names.contains(name)
                    || self.target(module, path).is_some_and(|of| !is_within(&of, module))
            });
            for path in mentions.paths.iter().chain(exported.map(|(_, path)| path)) {
                if let Some(of) = self.target(module, path).filter(|of| of != module) {
                    uses.insert(Use { by: module.clone(), of, path: path.join("::") });
                }
            }
        }
        uses
    }

    /// Groups of files in which each uses every other, directly or indirectly.
    pub fn circles(&self) -> Vec<BTreeSet<String>> {
        let mut next: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let uses = self.uses();
        for Use { by, of, .. } in &uses {
            next.entry(by).or_default().insert(of);
        }
        let reached: BTreeMap<&str, BTreeSet<&str>> =
            next.keys().map(|module| (*module, reached(module, &next))).collect();
        let mut circles = BTreeSet::new();
        for (module, from_here) in &reached {
            if from_here.contains(module) {
                let back = |other: &&&str| reached.get(**other).is_some_and(|there| there.contains(module));
                circles.insert(from_here.iter().filter(back).map(|other| (*other).to_owned()).collect());
            }
        }
        circles.into_iter().collect()
    }

    /// Uses that lead upwards, where `floors` names the top-level modules, lowest floor first; and modules without a floor, or
    /// floors without a file.
    pub fn above<T: AsRef<str>>(&self, floors: &[Vec<T>]) -> Vec<String> {
        let floor = |module: &str| {
            let top = module.split("::").next().unwrap_or_default();
            floors.iter().position(|names| names.iter().any(|name| name.as_ref() == top))
        };
        let mut wrong = BTreeSet::new();
        for module in self.modules().filter(|module| floor(module).is_none()) {
            wrong.insert(format!("{module} has no floor"));
        }
        for name in floors.iter().flatten().map(AsRef::as_ref) {
            if !self.files.contains_key(name) {
                wrong.insert(format!("there is no module {name}"));
            }
        }
        for used in self.uses() {
            if floor(&used.by).is_some_and(|by| floor(&used.of) > Some(by)) {
                wrong.insert(format!("{used}, which is on a higher floor"));
            }
        }
        wrong.into_iter().collect()
    }

    /// The file that a path in `module` leads to, if it is in this crate.
    fn target(&self, module: &str, path: &Path) -> Option<String> {
        self.target_within(module, path, 0)
    }

    fn target_within(&self, module: &str, path: &Path, depth: usize) -> Option<String> {
        let mut at = match path.first()?.as_str() {
            "crate" => String::new(),
            "self" => module.to_owned(),
            "super" => parent(module).to_owned(),
            first if self.files.contains_key(&join(module, first)) => join(module, first),
            _ => return None,
        };
        for (position, name) in path.iter().enumerate().skip(1) {
            if name == "super" {
                at = String::from(parent(&at));
                continue;
            }
            if self.files.contains_key(&join(&at, name)) {
                at = join(&at, name);
                continue;
            }
            // Not a file: an item, or a re-export of that name.
            let mentions = self.files.get(&at)?;
            let rest = &path[position + 1..];
            // A chain of re-exports longer than in any crate is a circle.
            if depth < 8 && !mentions.items.contains(name) {
                for (exported, leads_to) in &mentions.exports {
                    let mut longer = leads_to.clone();
                    if exported == "*" {
                        longer.pop();
                        longer.push(name.clone());
                    } else if exported != name {
                        continue;
                    }
                    longer.extend(rest.iter().cloned());
                    match self.target_within(&at, &longer, depth + 1) {
                        Some(of) if exported != "*" || self.defines(&of, name) => return Some(of),
                        _ => {}
                    }
                }
            }
            return Some(at);
        }
        Some(at)
    }

    fn defines(&self, module: &str, name: &str) -> bool {
        self.files.get(module).is_some_and(|mentions| mentions.items.contains(name))
    }
}

fn join(module: &str, name: &str) -> String {
    if module.is_empty() { name.into() } else { format!("{module}::{name}") }
}

fn parent(module: &str) -> &str {
    module.rsplit_once("::").map_or("", |(parent, _)| parent)
}

fn is_within(module: &str, outer: &str) -> bool {
    module.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// All files that are used from here, directly or indirectly.
fn reached<'a>(from: &'a str, next: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&str> = vec![from];
    while let Some(module) = open.pop() {
        for of in next.get(module).into_iter().flatten() {
            if found.insert(*of) {
                open.push(of);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(files: &[(&str, &str)]) -> Source {
        files.iter().fold(Source::default(), |source, (module, text)| source.with_file(module, text))
    }

    fn uses(source: &Source) -> Vec<(String, String)> {
        let pairs: BTreeSet<_> = source.uses().into_iter().map(|found| (found.by, found.of)).collect();
        pairs.into_iter().collect()
    }

    fn pair(by: &str, of: &str) -> (String, String) {
        (by.into(), of.into())
    }

    #[test]
    fn every_way_to_name_another_file_is_a_use() {
        let low = ("low", "mod deep; pub use deep::{Deep, other}; pub struct Low;");
        let deep = ("low::deep", "pub struct Deep; pub fn other() {}");
        for text in [
            "use crate::low::Deep;",
            "use crate::{low::{self as l, Deep}};",
            "use crate::low::deep::Deep as Renamed;",
            "fn f() { let x = crate::low::other(); }",
            "fn f(deep: &crate::low::Deep) {}",
            "fn f() { println!(\"{}\", crate::low::other()); }",
            "use super::low::Deep;",
            "fn f() { use crate::low::Deep; }",
            "impl From<crate::low::Deep> for X {}",
        ] {
            let source = source(&[("", "mod low; mod high;"), low, deep, ("high", text)]);
            assert!(uses(&source).contains(&pair("high", "low::deep")), "{text}: {:?}", uses(&source));
        }
        for text in [
            "//! crate::low::Deep\n/// [`Deep`](crate::low::Deep)\nstruct X;",
            "#[cfg(test)] mod tests { use crate::low::Deep; }",
            "use serde::low::Deep;",
        ] {
            let source = source(&[("", "mod low; mod high;"), low, deep, ("high", text)]);
            assert_eq!(uses(&source), [], "{text}");
        }
    }

    #[test]
    fn a_module_that_uses_what_it_exports_uses_the_file() {
        let part = ("whole::part", "use super::Whole; pub struct Part;");
        let declares =
            source(&[("", ""), ("whole", "mod part; pub use part::Part; pub struct Whole;"), part]);
        assert_eq!(uses(&declares), [pair("whole::part", "whole")]);
        assert_eq!(declares.circles(), Vec::<BTreeSet<String>>::new());
        let uses_it =
            source(&[("", ""), ("whole", "mod part; pub use part::Part; pub struct Whole(Part);"), part]);
        assert_eq!(uses_it.circles(), [BTreeSet::from(["whole".to_owned(), "whole::part".to_owned()])]);
    }

    #[test]
    fn publicly_nameable_items_are_public() {
        let source = source(&[
            ("", "pub mod plan; mod hidden; pub use hidden::Shown; pub(crate) use hidden::Kept;"),
            ("plan", "mod step; pub use step::{Step, step}; pub trait Plan {} struct Inner;"),
            ("plan::step", "pub struct Step; pub struct NotExported; pub fn step() {} pub fn other() {}"),
            ("hidden", "pub enum Shown {} pub struct Kept;"),
        ]);
        let types: Vec<_> = source.public_types().into_iter().collect();
        assert_eq!(types, [pair("Plan", "plan"), pair("Shown", "hidden"), pair("Step", "plan::step")]);
        let functions: Vec<_> = source.public_functions().into_iter().collect();
        assert_eq!(functions, [pair("step", "plan")]);
    }

    #[test]
    fn flags_are_found_in_functions_methods_and_traits() {
        let source = source(&[(
            "",
            "pub fn free(loud: bool) {} fn own(loud: bool) {} pub struct S; impl S { pub fn with(self, yes: bool) {} \
             fn inner(&self, yes: bool) {} pub fn maybe(self, yes: Option<bool>) {} } pub trait T { fn tell(&self, yes: bool); } \
             trait Inner { fn tell(&self, yes: bool); }",
        )]);
        let flags: Vec<_> = source.public_flags().into_iter().collect();
        assert_eq!(flags, ["S::with", "T::tell", "free"]);
        let methods: Vec<_> = source.public_members().into_iter().collect();
        assert_eq!(methods, ["S::maybe", "S::with", "free"]);
    }

    #[test]
    fn exports_without_an_example_are_found() {
        let lib = "mod a; pub use crate::a::{Shown, Told, Made, Ignored, Bare};";
        let a = "/// ```\n/// f();\n/// ```\npub struct Shown;\n\
                 /// ```text\n/// x\n/// ```\npub struct Told;\n\
                 text_id!(\n/// ```\n/// f();\n/// ```\nMade, \"made\");\n\
                 /// ```ignore\n/// x\n/// ```\npub struct Ignored;\n\
                 pub struct Bare;";
        let source = source(&[("", lib), ("a", a)]);
        let lacking: Vec<_> = source.exported_without_example("").into_iter().collect();
        assert_eq!(lacking, ["Bare", "Ignored", "Told"]);
    }

    #[test]
    fn circles_are_found_over_any_number_of_files() {
        let ring = source(&[
            ("a", "use crate::b::B; pub struct A;"),
            ("b", "use crate::c::C; pub struct B;"),
            ("c", "use crate::a::A; pub struct C;"),
            ("d", "use crate::a::A;"),
        ]);
        let names = ["a", "b", "c"].map(String::from);
        assert_eq!(ring.circles(), [BTreeSet::from(names)]);
    }

    #[test]
    fn floors_hold_unless_a_use_leads_upwards() {
        let floors = [vec!["id"], vec!["plan"]];
        let good = source(&[("id", "pub struct Id;"), ("plan", "use crate::id::Id; pub struct Plan;")]);
        assert_eq!(good.above(&floors), Vec::<String>::new());
        let turned = good.clone().with_line("id", "use crate::plan::Plan;");
        assert_eq!(turned.above(&floors), ["id uses plan (crate::plan::Plan), which is on a higher floor"]);
        assert_eq!(good.above(&[vec!["id", "gone"]]), ["plan has no floor", "there is no module gone"]);
    }
}
