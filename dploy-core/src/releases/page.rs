//! Lists in pages.

/// The most items of a page.
pub const LIMIT_MAX: u32 = 100;
/// The items of a page where none are asked for.
pub const LIMIT_DEFAULT: u32 = 50;

/// Which part of a list is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Page {
    /// How many items at most.
    pub limit: u32,
    /// How many items before the first.
    pub offset: u64,
}

impl Default for Page {
    fn default() -> Self {
        Self { limit: LIMIT_DEFAULT, offset: 0 }
    }
}

/// A part of a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Paged<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// How many items the whole list has.
    pub total: u64,
}

impl<T> Paged<T> {
    /// The same part with other items.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Paged<U> {
        Paged { items: self.items.into_iter().map(change).collect(), total: self.total }
    }
}
