//! Lists in pages.

use std::collections::BTreeSet;

use harness_ccm_core::{Error, ErrorKind, Result};

/// One page, and the token or marker of the next one if there is one.
pub(crate) type Page<T> = (Option<Vec<T>>, Option<String>);

/// The maximum number of pages: a listing of 10,000 accounts has 500, of 20 each.
const MOST_PAGES: usize = 10_000;

/// The maximum number of consecutive empty pages. AWS may send empty pages if it filters, before others with results.
const MOST_EMPTY: usize = 200;

/// Reads every page until the token ends or `enough` returns true. An empty page with a token is not the end.
///
/// **Errors.** `Protocol` for a list that would never end: a token repeats, or there are too many consecutive empty pages or
/// too many pages.
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
    let mut empty = 0;
    loop {
        let (some, next) = page(token).await?;
        let some = some.unwrap_or_default();
        empty = if some.is_empty() { empty + 1 } else { 0 };
        items.extend(some);
        match next {
            None => return Ok(items),
            Some(_) if enough(&items) => return Ok(items),
            Some(next) if !seen.insert(next.clone()) => {
                return Err(endless(operation, "the listing repeats a page"));
            }
            Some(_) if empty >= MOST_EMPTY => {
                return Err(endless(operation, &format!("{MOST_EMPTY} pages in a row are empty")));
            }
            Some(_) if seen.len() >= MOST_PAGES => {
                return Err(endless(operation, &format!("the listing has more than {MOST_PAGES} pages")));
            }
            next => token = next,
        }
    }
}

fn endless(operation: &'static str, what: &str) -> Error {
    Error::new(ErrorKind::Protocol, operation, format!("{what}: it would never end"))
        .with_remedy("check AWS_ENDPOINT_URL and any proxy in between, if they are set")
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    /// Pages by their token: `None` for the first.
    fn list(table: &[(Option<&str>, &[u8], Option<&str>)], enough: usize) -> Result<Vec<u8>> {
        let page = |token: Option<String>| async move {
            let row = table.iter().find(|(own, _, _)| *own == token.as_deref()).unwrap();
            Ok((Some(row.1.to_vec()), row.2.map(str::to_owned)))
        };
        pages("x:List", page, |items| items.len() >= enough).now_or_never().unwrap()
    }

    #[test]
    fn every_page_is_read_even_after_an_empty_one() {
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

    #[test]
    fn a_list_whose_tokens_never_end_is_an_error_with_and_without_anything_in_it() {
        for (on_page, most, what) in [(1, MOST_PAGES, "more than 10000 pages"), (0, MOST_EMPTY, "are empty")]
        {
            let asked = std::cell::Cell::new(0);
            let page = |_| {
                asked.set(asked.get() + 1);
                let answer = (Some(vec![0_u8; on_page]), Some(asked.get().to_string()));
                async move { Ok(answer) }
            };
            let error = pages("x:List", page, |_| false).now_or_never().unwrap().unwrap_err();
            assert_eq!((error.kind(), error.operation()), (ErrorKind::Protocol, "x:List"));
            assert!(error.to_string().contains(what), "{error}");
            assert!(asked.get() <= most + 1, "{} pages", asked.get());
        }
    }
}
