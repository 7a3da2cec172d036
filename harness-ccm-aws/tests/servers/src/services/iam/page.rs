use crate::services::iam::site::Site;
use crate::wire::failure::Failure;
use crate::wire::xml::Xml;

/// One page of a list: its items, and whether there are more.
pub(super) fn page<T>(
    site: &Site<'_>,
    items: Vec<T>,
    list: impl FnOnce(Xml, Vec<T>) -> Xml,
) -> Result<Xml, Failure> {
    let asked = site
        .fields
        .number("MaxItems")?
        .map_or(usize::MAX, |number| usize::try_from(number).unwrap_or(usize::MAX));
    let most = asked.min(site.page()).max(1);
    let start = match site.fields.get("Marker") {
        None => 0,
        Some(marker) => marker
            .parse()
            .map_err(|_| Failure::new(400, "ValidationError", format!("Invalid Marker: {marker}")))?,
    };
    let end = items.len().min(start + most);
    let more = end < items.len();
    let some = items.into_iter().take(end).skip(start).collect();
    Ok(list(Xml::new(), some).text("IsTruncated", more).maybe("Marker", more.then_some(end)))
}
