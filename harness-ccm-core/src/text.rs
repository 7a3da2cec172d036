//! Texts for people.

/// How many things a message names before it only counts.
const MOST: usize = 5;

/// The first of some things, and how many more there are.
pub(crate) fn some_of<T: ToString>(things: impl IntoIterator<Item = T>) -> String {
    let mut things = things.into_iter();
    let named: Vec<_> = things.by_ref().take(MOST).map(|thing| thing.to_string()).collect();
    let named = named.join(", ");
    match things.count() {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

/// The first few names, and how many more there are.
pub(crate) fn shortened(names: &[String]) -> String {
    const SHOWN: usize = 3;
    let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN { format!("{shown} and {} more", names.len() - SHOWN) } else { shown }
}
