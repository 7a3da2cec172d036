use std::fs::{File, Permissions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use harness_ccm_core::files::kind_of;

/// The number of bytes that are read to recognize a file of this program.
const BEGINNING: u64 = 256;
/// The maximum number of links in a chain.
const MAX_LINKS: usize = 40;

/// A file that this program writes. It replaces only an empty file or one of its own of the same kind, and writes all or
/// nothing.
#[derive(Clone, Debug)]
pub(crate) struct OwnFile {
    path: PathBuf,
    /// The `kind` at the beginning of such a file.
    kind: &'static str,
    /// The name of such a file in messages.
    what: &'static str,
    /// The remedy if another file exists there.
    otherwise: &'static str,
    /// The remedy if the path does not lead to a regular file.
    if_not_regular: &'static str,
}

/// The path of the file.
struct Place {
    /// The path without symbolic links at its end: a link stays a link.
    target: PathBuf,
    folder: PathBuf,
    /// The permissions of the file that is replaced.
    permissions: Option<Permissions>,
}

impl OwnFile {
    pub(crate) fn new(path: PathBuf, kind: &'static str, what: &'static str) -> Self {
        Self { path, kind, what, otherwise: "name another file", if_not_regular: "name a regular file" }
    }

    /// Sets the remedy if another file exists there.
    pub(crate) fn or_else_do(self, otherwise: &'static str) -> Self {
        Self { otherwise, ..self }
    }

    /// Sets the remedy if the path does not lead to a regular file.
    pub(crate) fn if_not_regular(self, if_not_regular: &'static str) -> Self {
        Self { if_not_regular, ..self }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The same kind of file under another path.
    pub(crate) fn at(self, path: PathBuf) -> Self {
        Self { path, ..self }
    }

    /// The path without any link, whether the file exists or not.
    ///
    /// **Errors.** It may not be written: the existing file is of another kind, or its folder does not exist.
    pub(crate) fn destination(&self) -> io::Result<PathBuf> {
        let Place { target, folder, .. } = self.place()?;
        let folder = folder.canonicalize().map_err(|error| self.named(error))?;
        Ok(target.file_name().map_or(folder.clone(), |name| folder.join(name)))
    }

    /// Checks that its folder is writable too. It leaves no file behind.
    pub(crate) fn check_writable(&self) -> io::Result<()> {
        let folder = self.place()?.folder;
        tempfile::tempfile_in(&folder).map(drop).map_err(|error| {
            self.named(io::Error::new(
                error.kind(),
                format!("nothing can be written in its folder {}: {error}", folder.display()),
            ))
        })
    }

    /// Writes it: all or nothing in every case. It preserves the permissions of the file that it replaces.
    pub(crate) fn write(&self, text: &str) -> io::Result<()> {
        let Place { target, folder, permissions } = self.place()?;
        write_beside(text, &target, &folder, permissions).map_err(|error| self.named(error))
    }

    fn place(&self) -> io::Result<Place> {
        self.find_place().map_err(|error| self.named(error))
    }

    fn find_place(&self) -> io::Result<Place> {
        let refuse = |problem: String| Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
        let permissions = match std::fs::metadata(&self.path) {
            Ok(found) if !found.is_file() => {
                return refuse(format!("it is {}: {}", describe(&found), self.if_not_regular));
            }
            Ok(found) => {
                if found.len() > 0 && !self.is_ours()? {
                    return refuse(format!(
                        "it is not {} of this program, which begins with {{\"kind\": {:?}, and is not replaced: {}",
                        self.what, self.kind, self.otherwise
                    ));
                }
                if found.permissions().readonly() {
                    return refuse(format!("it is read-only, and is not replaced: {}", self.otherwise));
                }
                Some(found.permissions())
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let target = without_links(&self.path)?;
        if target.file_name().is_none() {
            return refuse(format!("this is not a file name: {}", self.otherwise));
        }
        let folder = match target.parent() {
            Some(folder) if folder.as_os_str().is_empty() => PathBuf::from("."),
            Some(folder) => folder.to_owned(),
            None => PathBuf::from("."),
        };
        if !folder.is_dir() {
            return refuse(format!("there is no folder {}: create it, or name another", folder.display()));
        }
        Ok(Place { target, folder, permissions })
    }

    fn is_ours(&self) -> io::Result<bool> {
        let mut beginning = Vec::new();
        File::open(&self.path)?.take(BEGINNING).read_to_end(&mut beginning)?;
        Ok(kind_of(&beginning) == Some(self.kind))
    }

    /// Adds the path before the text, once.
    pub(crate) fn named(&self, error: io::Error) -> io::Error {
        let path = self.path.display().to_string();
        let text = error.to_string();
        if text.starts_with(&path) { error } else { io::Error::new(error.kind(), format!("{path}: {text}")) }
    }
}

fn write_beside(
    text: &str,
    target: &Path,
    folder: &Path,
    permissions: Option<Permissions>,
) -> io::Result<()> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".onboard-").suffix(".new");
    // Readable like other new files: without the bits of the umask.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut beside = builder.tempfile_in(folder)?;
    if let Some(permissions) = permissions {
        beside.as_file().set_permissions(permissions)?;
    }
    beside.write_all(text.as_bytes())?;
    beside.as_file().sync_all()?;
    beside.persist(target).map(drop).map_err(|error| error.error)
}

/// The target of the path, whether it exists or not.
fn without_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        match std::fs::read_link(&path) {
            Ok(to) => path = path.parent().map_or(to.clone(), |folder| folder.join(&to)),
            // Not a link, or the path does not exist.
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("too many symbolic links follow one another"))
}

/// The kind of a file that is not a regular file.
pub(crate) fn describe(found: &std::fs::Metadata) -> &'static str {
    if found.is_dir() {
        return "a folder";
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        let kind = found.file_type();
        if kind.is_fifo() {
            return "a pipe";
        }
        if kind.is_char_device() || kind.is_block_device() {
            return "a device";
        }
        if kind.is_socket() {
            return "a socket";
        }
    }
    "not a regular file"
}
