use std::collections::BTreeSet;

/// The management account of a new organization.
pub const MANAGEMENT: &str = "000000000001";
/// The id of a new organization.
pub const ORGANIZATION: &str = "o-a1b2c3d4e5";
/// The root of its tree.
pub const ROOT: &str = "r-ab12";

/// The organization: its tree, and the unusual behaviour of its responses.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CloudOrganization {
    /// Below the root, in the order in which they are listed.
    pub units: Vec<CloudUnit>,
    /// Accounts that may make the calls of the management account.
    pub delegated: BTreeSet<String>,
    /// Accounts that are listed, although no other call knows them any more.
    pub left: BTreeSet<String>,
    /// An empty page with a token comes before every page but the first.
    pub empty_pages: bool,
    /// The token of the first page repeats in the second.
    pub repeat_token: bool,
    /// Whether `Paths` of accounts is filled.
    pub has_paths: bool,
}

/// An organizational unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudUnit {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its parent: the root or a unit.
    pub parent: String,
}

impl CloudOrganization {
    pub(crate) fn new() -> Self {
        Self {
            units: Vec::new(),
            delegated: BTreeSet::new(),
            left: BTreeSet::new(),
            empty_pages: false,
            repeat_token: false,
            has_paths: false,
        }
    }

    /// The unit of that id.
    pub fn unit(&self, id: &str) -> Option<&CloudUnit> {
        self.units.iter().find(|unit| unit.id == id)
    }

    /// The ids of the units above a node and its own, outermost first; without the root.
    pub fn units_to(&self, node: &str) -> Vec<String> {
        let mut units = Vec::new();
        let mut next = self.unit(node);
        while let Some(unit) = next {
            units.insert(0, unit.id.clone());
            next = self.unit(&unit.parent);
        }
        units
    }

    /// As in `Paths`: `o-…/r-…/ou-…/`.
    pub(crate) fn path(&self, node: &str) -> String {
        let above = [ORGANIZATION.to_owned(), ROOT.to_owned()];
        let nodes: Vec<_> = above.into_iter().chain(self.units_to(node)).collect();
        format!("{}/", nodes.join("/"))
    }
}
