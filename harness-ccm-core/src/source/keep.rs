use std::fmt;
use std::io;
use std::sync::Arc;

/// Which of the two listings that are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Record {
    /// The last complete one that anybody asked for: it can answer in place of a new one.
    Latest,
    /// The last one that was [accepted](crate::apply::accept): what is missing is missing since then.
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

/// Where listings are kept between runs: files, objects in a bucket. The core opens no files by itself.
///
/// The two records are apart, so that a run that only plans cannot touch the one that another run accepts at the same time.
pub trait Keep: fmt::Debug + Send + Sync + 'static {
    /// What was saved last as this record; `None` if nothing was.
    fn load(&self, record: Record) -> io::Result<Option<String>>;

    /// Saves `text` in place of what this record was. Best all or nothing, as by renaming a file.
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
