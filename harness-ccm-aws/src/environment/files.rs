//! The two files of profiles: their locations and their content.

use std::fs;
use std::path::{Path, PathBuf};

use harness_ccm_core::files::read_regular;
use harness_ccm_core::{Error, ErrorKind, Result};

use super::ini::{Section, parse};
use super::variables::{CONFIGURE, Read, given};

/// The maximum length of a file of profiles, in MiB. A file with ten thousand profiles takes about three.
const MOST: u64 = 16;

/// One of the two files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Config,
    Credentials,
}

impl Kind {
    /// The variable that names it.
    pub(super) const fn variable(self) -> &'static str {
        match self {
            Self::Config => "AWS_CONFIG_FILE",
            Self::Credentials => "AWS_SHARED_CREDENTIALS_FILE",
        }
    }

    /// Its default location.
    const fn usual(self) -> &'static str {
        match self {
            Self::Config => "~/.aws/config",
            Self::Credentials => "~/.aws/credentials",
        }
    }
}

/// A file of profiles.
#[derive(Clone, Debug)]
pub(super) struct ProfileFile {
    /// Its path as the user wrote it.
    pub(super) path: String,
    /// Whether it does not exist although a variable names it.
    pub(super) is_absent: bool,
    pub(super) sections: Vec<Section>,
}

impl ProfileFile {
    /// Reads one of the files. A missing file counts as empty, as for `aws`.
    ///
    /// **Errors.** `Invalid` for a file that exists and cannot be read, or has a syntax error: otherwise its keys would be
    /// silently ignored.
    pub(super) fn read(kind: Kind, read: &impl Read) -> Result<Self> {
        let named = given(read, kind.variable());
        let path = named.as_deref().unwrap_or(kind.usual()).to_owned();
        let place = at_home(&path, read);
        // A file that may not be looked up cannot be distinguished from a missing one, for example in another user's home
        // directory.
        if is_nothing(&path) || fs::metadata(&place).is_err() {
            let is_absent = named.is_some() && !is_nothing(&path);
            return Ok(Self { path, is_absent, sections: Vec::new() });
        }
        let bytes = read_regular(&place, MOST, "file of profiles").map_err(|error| {
            Error::new(
                ErrorKind::Invalid,
                CONFIGURE,
                format!("the file of AWS profiles {path} cannot be read"),
            )
            .with_source(error)
            .with_remedy(format!(
                "make it a file that this user may read, or name another one in {}",
                kind.variable()
            ))
        })?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let before = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
            let line = before.split(|byte| *byte == b'\n').count();
            let problem =
                format!("the file of AWS profiles {path} cannot be read: line {line} is not valid UTF-8");
            Error::new(ErrorKind::Invalid, CONFIGURE, problem)
                .with_remedy("save it as UTF-8: it may be in Latin-1 or UTF-16, and a comment counts too")
        })?;
        let sections = parse(&text).map_err(|fault| {
            let problem = format!(
                "the file of AWS profiles {path} cannot be read: line {}: {}",
                fault.line, fault.what
            );
            Error::new(ErrorKind::Invalid, CONFIGURE, problem).with_remedy("correct the file")
        })?;
        Ok(Self { path, is_absent: false, sections })
    }
}

/// Whether a path names no file at all; users set such a path to have no file.
fn is_nothing(path: &str) -> bool {
    path == "/dev/null" || path.eq_ignore_ascii_case("nul")
}

/// A path that may begin with `~/`.
pub(super) fn at_home(path: &str, read: &impl Read) -> PathBuf {
    match (path.strip_prefix("~/"), given(read, "HOME").or_else(|| given(read, "USERPROFILE"))) {
        (Some(rest), Some(home)) => Path::new(&home).join(rest),
        _ => PathBuf::from(path),
    }
}

#[cfg(test)]
mod tests {
    use std::env::VarError;

    use super::*;

    fn named(path: &Path) -> impl Read {
        let path = path.to_str().unwrap().to_owned();
        move |name: &str| {
            if name == "AWS_CONFIG_FILE" { Ok(path.clone()) } else { Err(VarError::NotPresent) }
        }
    }

    fn report(path: &Path) -> String {
        ProfileFile::read(Kind::Config, &named(path)).unwrap_err().report()
    }

    #[test]
    fn a_file_that_is_not_there_is_empty_and_noted_if_it_is_named() {
        let file = ProfileFile::read(Kind::Config, &named(Path::new("/there/is/none"))).unwrap();
        assert!(file.is_absent && file.sections.is_empty());
        let file = ProfileFile::read(Kind::Config, &named(Path::new("/dev/null"))).unwrap();
        assert!(!file.is_absent && file.sections.is_empty());
    }

    #[test]
    fn a_file_that_is_there_and_cannot_be_read_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let report_of = |bytes: &[u8]| {
            let path = folder.path().join("config");
            fs::write(&path, bytes).unwrap();
            let report = report(&path);
            assert!(report.contains(path.to_str().unwrap()) && report.contains("remedy"), "{report}");
            assert!(!report.contains("MARKED"), "{report}");
            report
        };
        assert!(report_of(b"[default]\n# Schl\xfcssel MARKED\n").contains("line 2 is not valid UTF-8"));
        assert!(report_of(b"\xff\xfe[\0d\0]\0").contains("line 1 is not valid UTF-8"));
        assert!(report_of(b"[default\nMARKED\n").contains("line 1: a section is not closed"));
        assert!(report(folder.path()).contains("not a regular file"));
        let long = folder.path().join("long");
        fs::File::create(&long).unwrap().set_len((MOST << 20) + 1).unwrap();
        assert!(report(&long).contains("more than 16 MiB"));
    }
}
