//! What one file declares, exports again and mentions.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, UseTree, Visibility};

/// A path as it is written: `["crate", "plan", "Plan"]`. The last name is `*` for a glob.
pub(crate) type Path = Vec<String>;

/// What one file says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mentions {
    /// Names that it exports again, with the path that each stands for.
    pub(crate) exports: Vec<(String, Path)>,
    /// Paths in `use` lines that are not exports, and in code.
    pub(crate) paths: Vec<Path>,
    /// Single names in code, which may be exports of this very file.
    pub(crate) names: BTreeSet<String>,
    /// Items that it defines.
    pub(crate) items: BTreeSet<String>,
    /// Those of them that are types or traits, and public.
    pub(crate) public_types: BTreeSet<String>,
    /// Those of them that are functions, and public.
    pub(crate) public_functions: BTreeSet<String>,
    /// Names that it exports to everybody, with the path that each stands for.
    pub(crate) public_exports: Vec<(String, Path)>,
    /// Modules that it declares as public.
    pub(crate) public_modules: BTreeSet<String>,
    /// Public functions and methods that are handed a bare `bool`.
    pub(crate) public_flags: BTreeSet<String>,
    /// Public functions, methods and variants, the last two behind their type: `Plan::check`.
    pub(crate) public_members: BTreeSet<String>,
    /// Items whose documentation has an example that is run.
    pub(crate) with_example: BTreeSet<String>,
}

impl Mentions {
    pub(crate) fn of(file: &syn::File) -> Self {
        let mut mentions = Self::default();
        mentions.visit_file(file);
        mentions
    }

    /// What a macro is given, which is not parsed: every `a::b` in it.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path = Path::new();
        let mut colons = 0;
        let mut docs = String::new();
        for token in tokens {
            // What a macro makes is documented in what it is given: the name comes after its documentation.
            match &token {
                TokenTree::Group(group) => {
                    let meta = syn::parse2::<syn::MetaNameValue>(group.stream());
                    docs.extend(meta.ok().as_ref().and_then(doc_text));
                }
                TokenTree::Ident(name) if has_example(&docs) => {
                    self.with_example.insert(name.to_string());
                    docs.clear();
                }
                TokenTree::Ident(_) => docs.clear(),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
            match token {
                TokenTree::Ident(name) => {
                    if colons != 2 {
                        self.mention(std::mem::take(&mut path));
                    }
                    path.push(name.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' && !path.is_empty() => colons += 1,
                other => {
                    self.mention(std::mem::take(&mut path));
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        self.tokens(group.stream());
                    }
                }
            }
        }
        self.mention(path);
    }

    fn mention(&mut self, path: Path) {
        match &path[..] {
            [] => {}
            [name] => {
                self.names.insert(name.clone());
            }
            [..] => self.paths.push(path),
        }
    }

    fn import(&mut self, tree: &UseTree, before: &Path, exported: bool) {
        let with = |name: &dyn ToString| {
            let mut path = before.clone();
            path.push(name.to_string());
            path
        };
        match tree {
            UseTree::Path(path) => self.import(&path.tree, &with(&path.ident), exported),
            UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.import(tree, before, exported));
            }
            UseTree::Name(name) if name.ident == "self" => {
                self.bring_in(before.last().cloned().unwrap_or_default(), before.clone(), exported);
            }
            UseTree::Name(name) => self.bring_in(name.ident.to_string(), with(&name.ident), exported),
            UseTree::Rename(name) => self.bring_in(name.rename.to_string(), with(&name.ident), exported),
            UseTree::Glob(_) => self.bring_in("*".into(), with(&"*"), exported),
        }
    }

    fn bring_in(&mut self, name: String, path: Path, exported: bool) {
        if exported {
            self.exports.push((name, path));
        } else {
            self.paths.push(path);
        }
    }
}

/// The text of `doc = "..."`.
fn doc_text(meta: &syn::MetaNameValue) -> Option<String> {
    match &meta.value {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) if meta.path.is_ident("doc") => {
            Some(text.value() + "\n")
        }
        _ => None,
    }
}

/// Whether documentation has a block of Rust that is run, not only compiled.
fn has_example(docs: &str) -> bool {
    let fences = docs.lines().filter_map(|line| line.trim_start().strip_prefix("```"));
    fences.step_by(2).any(|word| ["", "rust"].contains(&word.trim()))
}

fn is_documented_with_example(attributes: &[Attribute]) -> bool {
    let docs: String = attributes
        .iter()
        .filter_map(|attribute| match &attribute.meta {
            syn::Meta::NameValue(meta) => doc_text(meta),
            syn::Meta::Path(_) | syn::Meta::List(_) => None,
        })
        .collect();
    has_example(&docs)
}

fn takes_a_flag(signature: &syn::Signature) -> bool {
    signature.inputs.iter().any(|input| match input {
        syn::FnArg::Typed(argument) => {
            matches!(&*argument.ty, syn::Type::Path(path) if path.path.is_ident("bool"))
        }
        syn::FnArg::Receiver(_) => false,
    })
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || attribute.path().is_ident("cfg")
                && attribute.parse_args::<syn::Path>().is_ok_and(|condition| condition.is_ident("test"))
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

impl<'ast> Visit<'ast> for Mentions {
    fn visit_item(&mut self, item: &'ast Item) {
        if is_test(attributes(item)) {
            return;
        }
        let defined = match item {
            Item::Const(item) => Some(&item.ident),
            Item::Enum(item) => Some(&item.ident),
            Item::Fn(item) => Some(&item.sig.ident),
            Item::Macro(item) => item.ident.as_ref(),
            Item::Static(item) => Some(&item.ident),
            Item::Struct(item) => Some(&item.ident),
            Item::Trait(item) => Some(&item.ident),
            Item::Type(item) => Some(&item.ident),
            _ => None,
        };
        self.items.extend(defined.map(ToString::to_string));
        if let Some(name) = defined
            && is_documented_with_example(attributes(item))
        {
            self.with_example.insert(name.to_string());
        }
        let public = match item {
            Item::Enum(item) => Some((&item.vis, &item.ident)),
            Item::Struct(item) => Some((&item.vis, &item.ident)),
            Item::Trait(item) => Some((&item.vis, &item.ident)),
            Item::Type(item) => Some((&item.vis, &item.ident)),
            _ => None,
        };
        self.public_types.extend(public.filter(|(vis, _)| is_public(vis)).map(|(_, name)| name.to_string()));
        if let Item::Fn(function) = item
            && is_public(&function.vis)
        {
            self.public_functions.insert(function.sig.ident.to_string());
            self.public_members.insert(function.sig.ident.to_string());
            if takes_a_flag(&function.sig) {
                self.public_flags.insert(function.sig.ident.to_string());
            }
        }
        if let Item::Enum(item) = item
            && is_public(&item.vis)
        {
            let variants = item.variants.iter().map(|variant| format!("{}::{}", item.ident, variant.ident));
            self.public_members.extend(variants);
        }
        if let Item::Mod(module) = item
            && is_public(&module.vis)
        {
            self.public_modules.insert(module.ident.to_string());
        }
        visit::visit_item(self, item);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let of = match &*item.self_ty {
            syn::Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
            _ => None,
        };
        for function in &item.items {
            if let (syn::ImplItem::Fn(function), Some(of)) = (function, &of)
                && is_public(&function.vis)
            {
                let name = format!("{of}::{}", function.sig.ident);
                if takes_a_flag(&function.sig) {
                    self.public_flags.insert(name.clone());
                }
                self.public_members.insert(name);
            }
        }
        visit::visit_item_impl(self, item);
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        for function in &item.items {
            if let syn::TraitItem::Fn(function) = function
                && is_public(&item.vis)
                && takes_a_flag(&function.sig)
            {
                self.public_flags.insert(format!("{}::{}", item.ident, function.sig.ident));
            }
        }
        visit::visit_item_trait(self, item);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let exported = !matches!(item.vis, Visibility::Inherited);
        let before = self.exports.len();
        self.import(&item.tree, &Path::new(), exported);
        if is_public(&item.vis) {
            self.public_exports.extend_from_slice(&self.exports[before..]);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            self.mention(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.tokens(call.tokens.clone());
        visit::visit_macro(self, call);
    }

    fn visit_attribute(&mut self, _: &'ast Attribute) {
        // Neither documentation nor what a derive is told.
    }
}
