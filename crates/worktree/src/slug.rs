//! Names for directories and branches, made from titles.

const SLUG_MAX: usize = 48;

/// Makes a name of lower-case ASCII letters, digits and single `-` from a title: at most 48 characters, never
/// empty, always valid as a file name and as a part of a git branch name.
#[must_use]
pub fn slug(title: &str) -> String {
    let mut slug = String::new();
    for character in title.chars() {
        if slug.len() >= SLUG_MAX {
            break;
        }
        match fold(character) {
            Some(part) => slug.push_str(part.as_str()),
            None if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
            None => {}
        }
    }
    slug.truncate(SLUG_MAX);
    let slug = slug.trim_matches('-');
    match slug {
        "" => "task".to_owned(),
        // Reserved by git or by file systems that this repository may be copied to.
        "head" | "con" | "nul" | "aux" | "prn" => format!("task-{slug}"),
        _ => slug.to_owned(),
    }
}

/// The ASCII spelling of one character; none where it separates words.
fn fold(character: char) -> Option<String> {
    if character.is_ascii_alphanumeric() {
        return Some(character.to_ascii_lowercase().to_string());
    }
    let plain = match character {
        'ä' | 'Ä' => "ae",
        'ö' | 'Ö' => "oe",
        'ü' | 'Ü' => "ue",
        'ß' => "ss",
        'à' | 'á' | 'â' | 'ã' | 'å' | 'À' | 'Á' | 'Â' | 'Ã' | 'Å' => "a",
        'è' | 'é' | 'ê' | 'ë' | 'È' | 'É' | 'Ê' | 'Ë' => "e",
        'ì' | 'í' | 'î' | 'ï' | 'Ì' | 'Í' | 'Î' | 'Ï' => "i",
        'ò' | 'ó' | 'ô' | 'õ' | 'ø' | 'Ò' | 'Ó' | 'Ô' | 'Õ' | 'Ø' => "o",
        'ù' | 'ú' | 'û' | 'Ù' | 'Ú' | 'Û' => "u",
        'ç' | 'Ç' => "c",
        'ñ' | 'Ñ' => "n",
        _ => return None,
    };
    Some(plain.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn titles_become_names() {
        let check = |title: &str, expected: &str| assert_eq!(slug(title), expected, "{title:?}");
        check("Add login page", "add-login-page");
        check("  -- Fix: the `parser`!! ", "fix-the-parser");
        check("Größe ändern", "groesse-aendern");
        check("日本語", "task");
        check("", "task");
        check("HEAD", "task-head");
        check("a.lock", "a-lock");
        check("$(touch /p); rm -rf ~", "touch-p-rm-rf");
        check("--upload-pack=x", "upload-pack-x");
        check("../../etc/passwd", "etc-passwd");
        check(&"x".repeat(300), &"x".repeat(48));
        check(&format!("{} b", "x".repeat(47)), &"x".repeat(47));
    }

    proptest! {
        #[test]
        fn every_title_has_a_safe_name(title in any::<String>()) {
            let name = slug(&title);
            prop_assert!(!name.is_empty() && name.len() <= SLUG_MAX + 5);
            prop_assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
            prop_assert!(!name.starts_with('-') && !name.ends_with('-') && !name.contains("--"));
        }
    }
}
