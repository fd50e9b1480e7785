use proptest::prelude::*;

use super::*;

fn any_kind() -> impl Strategy<Value = RecordKind> {
    prop::sample::select(b"hoOqeErigIx".to_vec()).prop_map(|byte| RecordKind::from_byte(byte).unwrap())
}

prop_compose! {
    fn any_head()(kind in any_kind(), seq: u64, written_at: u64, raw_offset: u64, back: u32) -> RecordHead {
        RecordHead { kind, seq, written_at, raw_offset, back }
    }
}

fn encoded(head: &RecordHead, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    encode(&mut out, head, &[payload]);
    out
}

proptest! {
    #[test]
    fn what_is_encoded_is_parsed(head in any_head(), payload: Vec<u8>, after: Vec<u8>) {
        let mut bytes = encoded(&head, &payload);
        let size = bytes.len();
        bytes.extend(after);
        prop_assert_eq!(parse(&bytes), Parsed::Sound { head, payload: &payload, size });
    }

    #[test]
    fn a_torn_record_is_short(head in any_head(), payload: Vec<u8>, cut: prop::sample::Index) {
        let bytes = encoded(&head, &payload);
        prop_assert_eq!(parse(&bytes[..cut.index(bytes.len())]), Parsed::Short);
    }

    #[test]
    fn a_flipped_bit_is_never_sound(head in any_head(), payload: Vec<u8>, at: prop::sample::Index, bit in 0_u8..8) {
        let mut bytes = encoded(&head, &payload);
        let index = at.index(bytes.len());
        bytes[index] ^= 1 << bit;
        let is_sound = matches!(parse(&bytes), Parsed::Sound { .. });
        prop_assert!(!is_sound);
    }
}

#[test]
fn the_header_has_the_length_it_says() {
    let head = RecordHead { kind: RecordKind::Note, seq: 1, written_at: 2, raw_offset: 3, back: 4 };
    let bytes = encoded(&head, b"hello");
    assert_eq!(bytes.len(), HEADER_BYTES + 6);
    let text = "J1 g 0000000000000001 0000000000000002 0000000000000003 00000005 00000004 ";
    assert!(bytes.starts_with(text.as_bytes()), "{}", String::from_utf8_lossy(&bytes));
}

#[test]
fn a_length_beyond_the_limit_is_bad() {
    let head = RecordHead { kind: RecordKind::Note, seq: 0, written_at: 0, raw_offset: 0, back: 0 };
    let bytes = encoded(&head, &vec![b'x'; PAYLOAD_BYTES_MAX + 1]);
    assert_eq!(parse(&bytes), Parsed::Bad);
}
