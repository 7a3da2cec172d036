/// How much is shown before the rest is only counted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Detail {
    /// Groups in a section.
    pub(super) groups: usize,
    /// Variants in a group.
    pub(super) variants: usize,
    /// Lines of a group or a variant.
    pub(super) lines: usize,
    /// Characters of a line, before it is wrapped.
    pub(super) characters: usize,
    /// Accounts, and rules, that are listed by name.
    pub(super) names: usize,
}

const ALL: usize = usize::MAX;

impl Detail {
    /// No limits.
    pub(super) const FULL: Self =
        Self { groups: ALL, variants: ALL, lines: ALL, characters: ALL, names: ALL };

    /// From most to least: the first that fits is used. The last one fits any plan.
    pub(super) const LEVELS: [Self; 5] = [
        Self { names: 5, ..Self::FULL },
        Self { groups: 40, variants: 8, lines: 12, characters: 600, names: 5 },
        Self { groups: 20, variants: 4, lines: 6, characters: 300, names: 3 },
        Self { groups: 10, variants: 1, lines: 2, characters: 150, names: 2 },
        Self { groups: 4, variants: 0, lines: 1, characters: 100, names: 1 },
    ];
}
