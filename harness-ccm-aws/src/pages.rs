//! Lists that come in pages.

use std::collections::BTreeSet;

use harness_ccm_core::{Error, ErrorKind, Result};

/// One page, and the token or marker of the next one if there is one.
pub(crate) type Page<T> = (Option<Vec<T>>, Option<String>);

/// Every page until the token ends or `enough` is there. An empty page with a token is not the end.
///
/// **Errors.** `Protocol` if a token comes twice: such a list would never end.
pub(crate) async fn pages<T, F>(
    operation: &'static str,
    page: impl Fn(Option<String>) -> F,
    enough: impl Fn(&[T]) -> bool,
) -> Result<Vec<T>>
where
    F: Future<Output = Result<Page<T>>>,
{
    let mut items = Vec::new();
    let mut token = None;
    let mut seen = BTreeSet::new();
    loop {
        let (some, next) = page(token).await?;
        items.extend(some.unwrap_or_default());
        match next {
            None => return Ok(items),
            Some(_) if enough(&items) => return Ok(items),
            Some(next) if !seen.insert(next.clone()) => {
                let message = "the listing repeats a page: it would never end";
                return Err(Error::new(ErrorKind::Protocol, operation, message));
            }
            next => token = next,
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    /// Pages by their token: `None` is the first.
    fn list(table: &[(Option<&str>, &[u8], Option<&str>)], enough: usize) -> Result<Vec<u8>> {
        let page = |token: Option<String>| async move {
            let row = table.iter().find(|(own, _, _)| *own == token.as_deref()).unwrap();
            Ok((Some(row.1.to_vec()), row.2.map(str::to_owned)))
        };
        pages("x:List", page, |items| items.len() >= enough).now_or_never().unwrap()
    }

    #[test]
    fn every_page_is_read_also_behind_an_empty_one() {
        let table = [(None, &[1, 2][..], Some("a")), (Some("a"), &[], Some("b")), (Some("b"), &[3], None)];
        assert_eq!(list(&table, usize::MAX).unwrap(), [1, 2, 3]);
        assert_eq!(list(&table, 2).unwrap(), [1, 2], "that is enough");
    }

    #[test]
    fn a_list_that_repeats_a_page_is_an_error() {
        let table = [(None, &[1][..], Some("a")), (Some("a"), &[2], Some("b")), (Some("b"), &[3], Some("a"))];
        let error = list(&table, usize::MAX).unwrap_err();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::Protocol, "x:List"));
    }
}
