//! Plans as people read them, in every format, literally.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

#[path = "support/plans.rs"]
mod plans;
mod support;

use plans::plans;

#[test]
fn the_text_of_plans() {
    for (name, plan) in plans() {
        insta::assert_snapshot!(format!("text_{name}"), plan.render());
        insta::assert_snapshot!(format!("full_{name}"), plan.render().full());
    }
}

#[test]
fn the_markdown_of_plans() {
    for (name, plan) in plans() {
        insta::assert_snapshot!(format!("markdown_{name}"), plan.markdown());
    }
}

/// Without style and script, which are the same in all pages.
#[test]
fn the_pages_of_plans() {
    for (name, plan) in plans() {
        let page = plan.page().to_string();
        let (head, rest) = page.split_once("<style>").unwrap();
        let (_, rest) = rest.split_once("</style>").unwrap();
        let (body, rest) = rest.rsplit_once("<script>").unwrap();
        let (_, end) = rest.split_once("</script>").unwrap();
        let (head, _) = head.split_once("<meta http-equiv").unwrap();
        insta::assert_snapshot!(format!("page_{name}"), format!("{head}{body}{end}"));
    }
}

/// Programs hide texts that look like a key in all output, and a page with hidden digests would not run.
#[test]
fn nothing_of_a_page_looks_like_a_key() {
    for (name, plan) in plans() {
        let page = plan.page().to_string();
        assert_eq!(harness_ccm_core::secret::without_keys(&page), page, "{name}");
    }
}
