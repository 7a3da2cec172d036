/// How many things a message names before it only counts.
const MOST: usize = 5;

/// The first of some things, and how many more there are.
pub(super) fn some_of<T: ToString>(things: impl IntoIterator<Item = T>) -> String {
    let mut things = things.into_iter();
    let named: Vec<_> = things.by_ref().take(MOST).map(|thing| thing.to_string()).collect();
    let named = named.join(", ");
    match things.count() {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}
