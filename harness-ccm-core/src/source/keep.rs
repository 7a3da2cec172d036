use std::fmt;
use std::io;
use std::sync::Arc;

/// Selects one of the two kept listings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Record {
    /// The last complete listing of any run. It can replace a new listing.
    Latest,
    /// The last [accepted](crate::apply::accept) listing: missing accounts are missing since then.
    Accepted,
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Latest => "the kept listing",
            Self::Accepted => "the accepted listing",
        })
    }
}

/// Stores listings between runs, for example in files or in objects of a bucket. The core opens no files by
/// itself.
///
/// The two records are separate, so that a run that only plans cannot change the one that another run accepts at the same
/// time.
pub trait Keep: fmt::Debug + Send + Sync + 'static {
    /// Returns the text saved last for this record; `None` if nothing was saved.
    fn load(&self, record: Record) -> io::Result<Option<String>>;

    /// Replaces this record by `text`, preferably atomically, as by renaming a file.
    fn save(&self, record: Record, text: &str) -> io::Result<()>;
}

macro_rules! forward {
    ($($pointer:ident)+) => {$(
        impl<T: Keep + ?Sized> Keep for $pointer<T> {
            fn load(&self, record: Record) -> io::Result<Option<String>> {
                (**self).load(record)
            }

            fn save(&self, record: Record, text: &str) -> io::Result<()> {
                (**self).save(record, text)
            }
        }
    )+};
}

forward!(Arc Box);
