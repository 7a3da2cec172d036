//! The wildcards of IAM: `*` matches any run of characters, `?` matches exactly one.
//!
//! A `*` also matches the colons of an ARN, as it does in IAM at the end of a part.

/// Whether case is ignored: yes for actions, no for resources (IAM user guide, policy elements).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Blind,
    Exact,
}

impl Case {
    fn same(self, a: u8, b: u8) -> bool {
        match self {
            Self::Blind => a.eq_ignore_ascii_case(&b),
            Self::Exact => a == b,
        }
    }
}

/// Whether `pattern` matches `text`; wildcards in `text` are ordinary characters.
pub(super) fn matches(pattern: &str, text: &str, case: Case) -> bool {
    subsumes(pattern, text, |wide, literal| wide == b'?' || case.same(wide, literal))
}

/// Whether `wide` matches everything that `narrow` matches. Both may contain wildcards.
///
/// May return false for a few rare pairs although it does, but never the reverse (`a*` against `a?*` is true, `?*` against
/// `*?` is false).
pub(super) fn covers(wide: &str, narrow: &str, case: Case) -> bool {
    subsumes(wide, narrow, |wide, narrow| narrow != b'*' && (wide == b'?' || case.same(wide, narrow)))
}

fn subsumes(wide: &str, narrow: &str, one: impl Fn(u8, u8) -> bool) -> bool {
    let (wide, narrow) = (wide.as_bytes(), narrow.as_bytes());
    let (mut w, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < narrow.len() {
        if w < wide.len() && wide[w] == b'*' {
            star = Some((w, n));
            w += 1;
        } else if w < wide.len() && one(wide[w], narrow[n]) {
            w += 1;
            n += 1;
        } else if let Some((star_w, star_n)) = star {
            star = Some((star_w, star_n + 1));
            w = star_w + 1;
            n = star_n + 1;
        } else {
            return false;
        }
    }
    wide[w..].iter().all(|b| *b == b'*')
}

/// Whether both patterns match some common text.
pub(super) fn overlap(a: &str, b: &str, case: Case) -> bool {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    // The part before the first wildcard decides most pairs: actions of one policy against those of another.
    while let ([x, rest_of_a @ ..], [y, rest_of_b @ ..]) = (a, b)
        && !b"*?".contains(x)
        && !b"*?".contains(y)
    {
        if !case.same(*x, *y) {
            return false;
        }
        (a, b) = (rest_of_a, rest_of_b);
    }
    // reachable[j]: the text so far is matched by a[..i] and by b[..j].
    let mut reachable = vec![false; b.len() + 1];
    reachable[0] = true;
    for j in 0..b.len() {
        reachable[j + 1] = reachable[j] && b[j] == b'*';
    }
    for &x in a {
        let mut next = vec![false; b.len() + 1];
        next[0] = reachable[0] && x == b'*';
        for (j, &y) in b.iter().enumerate() {
            next[j + 1] = match (x, y) {
                // A star matches nothing, or the next character of the other side.
                (b'*', _) | (_, b'*') => reachable[j + 1] || next[j],
                (b'?', _) | (_, b'?') => reachable[j],
                _ => case.same(x, y) && reachable[j],
            };
        }
        reachable = next;
    }
    reachable[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern.first(), text.first()) {
            (None, None) => true,
            (Some(b'*'), _) => plain(&pattern[1..], text) || (!text.is_empty() && plain(pattern, &text[1..])),
            (Some(p), Some(t)) if *p == b'?' || p == t => plain(&pattern[1..], &text[1..]),
            _ => false,
        }
    }

    #[test]
    fn wider_patterns_cover_narrower_ones() {
        for (wide, narrow) in [
            ("*", "ec2:*"),
            ("ec2:*", "ec2:Describe*"),
            ("ec2:Describe*", "ec2:DescribeInstances*"),
            ("ec2:D?scribe*", "ec2:Describe"),
            ("a*b*c", "axxbyyc"),
            ("a**", "a"),
            ("a*", "a?*"),
        ] {
            assert!(covers(wide, narrow, Case::Exact), "{wide} {narrow}");
        }
        for (wide, narrow) in [("ec2:Describe*", "ec2:*"), ("?", "*"), ("a?", "a*"), ("ec2:A", "ec2:AB")] {
            assert!(!covers(wide, narrow, Case::Exact), "{wide} {narrow}");
        }
    }

    #[test]
    fn case_matters_only_where_it_does_in_iam() {
        assert!(covers("EC2:describe*", "ec2:DescribeVolumes", Case::Blind));
        assert!(overlap("EC2:describe*", "ec2:D*Volumes", Case::Blind));
        assert!(!covers("arn:aws:s3:::A*", "arn:aws:s3:::a", Case::Exact));
        assert!(!overlap("arn:aws:s3:::A*", "arn:aws:s3:::a", Case::Exact));
    }

    #[test]
    fn a_literal_text_has_no_wildcards() {
        assert!(matches("ec2:*", "ec2:Describe*", Case::Blind));
        assert!(matches("ec2:Describe?", "ec2:Describe*", Case::Blind));
        assert!(!matches("ec2:DescribeVolumes", "ec2:Describe*", Case::Blind));
        assert!(!matches("arn:aws:s3:::a", "*", Case::Exact));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn both_agree_with_a_plain_matcher(a in "[ab*?]{0,5}", b in "[ab*?]{0,5}", text in "[ab]{0,6}") {
            let in_a = plain(a.as_bytes(), text.as_bytes());
            let in_b = plain(b.as_bytes(), text.as_bytes());
            if covers(&a, &b, Case::Exact) {
                prop_assert!(!in_b || in_a, "{a} covers {b}, but only {b} matches {text}");
            }
            prop_assert_eq!(matches(&a, &text, Case::Exact), in_a);
            if in_a && in_b {
                prop_assert!(overlap(&a, &b, Case::Exact), "{a} and {b} both match {text}");
            }
            if !overlap(&a, &b, Case::Exact) {
                prop_assert!(!covers(&a, &b, Case::Exact), "{a} covers {b} without overlapping it");
            }
        }

        #[test]
        fn a_pattern_covers_itself(a in "[ab*?]{0,8}") {
            prop_assert!(covers(&a, &a, Case::Exact));
            prop_assert!(overlap(&a, &a, Case::Exact));
        }

        #[test]
        fn overlap_is_exact_without_question_of_order(a in "[ab*?]{0,4}", b in "[ab*?]{0,4}") {
            prop_assert_eq!(overlap(&a, &b, Case::Exact), overlap(&b, &a, Case::Exact));
            // A common text, if there is one, is found among the short ones.
            let mut texts = vec![String::new()];
            let mut found = false;
            for _ in 0..=8 {
                found |= texts.iter().any(|t| plain(a.as_bytes(), t.as_bytes()) && plain(b.as_bytes(), t.as_bytes()));
                texts = texts.iter().flat_map(|t| [format!("{t}a"), format!("{t}b")]).collect();
            }
            prop_assert_eq!(overlap(&a, &b, Case::Exact), found);
        }
    }
}
