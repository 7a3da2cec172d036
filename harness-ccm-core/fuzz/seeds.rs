//! Writes well-formed files as seeds into `corpus/`, a folder for each target.

#[path = "../tests/support/readers.rs"]
mod readers;

fn main() -> std::io::Result<()> {
    for reader in readers::READERS {
        let folder = std::path::Path::new("corpus").join(reader.name);
        std::fs::create_dir_all(&folder)?;
        for (number, seed) in (reader.seeds)().into_iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{number}")), seed)?;
        }
    }
    Ok(())
}
