use std::io::{self, Read};

/// Decodes text to UTF-8: removes the byte order mark, and converts UTF-16 that has one.
///
/// Excel and PowerShell write both. Text without a mark is read as UTF-8.
#[derive(Debug)]
pub(super) struct Input<R> {
    inner: R,
    encoding: Option<Encoding>,
    /// Bytes that were read and not yet passed on.
    pending: Vec<u8>,
    /// For UTF-16: an odd byte, and the first half of a surrogate pair.
    odd: Option<u8>,
    half: Option<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Utf16Little,
    Utf16Big,
}

impl Encoding {
    fn unit(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::Utf16Big => u16::from_be_bytes(bytes),
            Self::Utf16Little | Self::Utf8 => u16::from_le_bytes(bytes),
        }
    }
}

const CHUNK: usize = 8 << 10;
const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

impl<R> Input<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, encoding: None, pending: Vec::new(), odd: None, half: None }
    }

    pub(super) fn get_mut(&mut self) -> &mut R {
        &mut self.inner
    }
}

impl<R: Read> Input<R> {
    /// Reads the byte order marks. Some programs add one to a text that already has one.
    fn begin(&mut self) -> io::Result<Encoding> {
        while self.pending.len() < UTF8_MARK.len() {
            if self.fill(UTF8_MARK.len())? == 0 {
                break;
            }
        }
        while self.pending.starts_with(UTF8_MARK) {
            self.pending.drain(..UTF8_MARK.len());
            while self.pending.len() < UTF8_MARK.len() && self.fill(UTF8_MARK.len())? > 0 {}
        }
        let encoding = match self.pending[..] {
            [0xff, 0xfe, ..] => Encoding::Utf16Little,
            [0xfe, 0xff, ..] => Encoding::Utf16Big,
            _ => Encoding::Utf8,
        };
        if encoding != Encoding::Utf8 {
            let rest = self.pending.split_off(2);
            self.pending.clear();
            self.decode(&rest, encoding)?;
        }
        self.encoding = Some(encoding);
        Ok(encoding)
    }

    fn fill(&mut self, most: usize) -> io::Result<usize> {
        let before = self.pending.len();
        self.pending.resize(before + most, 0);
        let count = self.inner.read(&mut self.pending[before..]);
        self.pending.truncate(before + count.as_ref().map_or(0, |count| *count));
        count
    }

    fn decode(&mut self, bytes: &[u8], encoding: Encoding) -> io::Result<()> {
        let bytes: Vec<u8> = self.odd.take().into_iter().chain(bytes.iter().copied()).collect();
        let pairs = bytes.chunks_exact(2);
        self.odd = pairs.remainder().first().copied();
        let units = pairs.filter_map(|pair| <[u8; 2]>::try_from(pair).ok()).map(|pair| encoding.unit(pair));
        let units: Vec<u16> = self.half.take().into_iter().chain(units).collect();
        let mut taken = 0;
        for next in char::decode_utf16(units.iter().copied()) {
            match next {
                Ok(c) => {
                    taken += c.len_utf16();
                    self.pending.extend(c.encode_utf8(&mut [0; 4]).as_bytes());
                }
                // The next bytes may contain the other half.
                Err(half) if taken + 1 == units.len() && is_first_half(half.unpaired_surrogate()) => {
                    self.half = Some(half.unpaired_surrogate());
                }
                Err(_) => return Err(damaged()),
            }
        }
        Ok(())
    }
}

fn is_first_half(unit: u16) -> bool {
    (0xd800..0xdc00).contains(&unit)
}

fn damaged() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "its mark says UTF-16, but it is not: it was cut off or damaged; save it as \"CSV UTF-8\" or as UTF-8",
    )
}

impl<R: Read> Read for Input<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let encoding = match self.encoding {
            Some(encoding) => encoding,
            None => self.begin()?,
        };
        while self.pending.is_empty() && !buffer.is_empty() {
            if encoding == Encoding::Utf8 {
                return self.inner.read(buffer);
            }
            let mut bytes = [0; CHUNK];
            match self.inner.read(&mut bytes)? {
                0 if self.odd.is_some() || self.half.is_some() => return Err(damaged()),
                0 => return Ok(0),
                count => self.decode(&bytes[..count], encoding)?,
            }
        }
        let count = self.pending.len().min(buffer.len());
        buffer[..count].copy_from_slice(&self.pending[..count]);
        self.pending.drain(..count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Few<'a>(&'a [u8], usize);

    impl Read for Few<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let most = self.1.min(buffer.len());
            self.0.read(&mut buffer[..most])
        }
    }

    fn read(bytes: &[u8], most: usize) -> io::Result<Vec<u8>> {
        let mut read = Vec::new();
        Input::new(Few(bytes, most)).read_to_end(&mut read)?;
        Ok(read)
    }

    #[test]
    fn text_that_was_cut_off_in_a_character_is_refused() {
        for bytes in
            [&b"\xff\xfea\0b"[..], b"\xff\xfea\0\x3d\xd8", b"\xff\xfe\x00\xdca\0", b"\xfe\xff\xd8\x3d\0a"]
        {
            assert_eq!(read(bytes, 64).unwrap_err().kind(), io::ErrorKind::InvalidData, "{bytes:?}");
        }
        for (bytes, text) in [
            (&b""[..], ""),
            (b"\xef\xbb\xbf", ""),
            (b"\xff\xfe", ""),
            (b"ab", "ab"),
            (b"\xef\xbb\xbf\xef\xbb\xbfa", "a"),
        ] {
            assert_eq!(read(bytes, 1).unwrap(), text.as_bytes(), "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn every_encoding_gives_the_same_text_however_it_is_cut(text in "[a\u{e9}\u{1f600}\n,]{0,40}", most in 1..5_usize) {
            let utf16: Vec<u16> = text.encode_utf16().collect();
            let little: Vec<u8> = [0xff, 0xfe].into_iter().chain(utf16.iter().flat_map(|unit| unit.to_le_bytes())).collect();
            let big: Vec<u8> = [0xfe, 0xff].into_iter().chain(utf16.iter().flat_map(|unit| unit.to_be_bytes())).collect();
            let marked = [UTF8_MARK, text.as_bytes()].concat();
            for bytes in [little, big, marked, text.clone().into_bytes()] {
                prop_assert_eq!(read(&bytes, most).unwrap(), text.as_bytes());
            }
        }
    }
}
