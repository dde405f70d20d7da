/** C that the programs of a bundle share, which run here and on emulated boards. They have a macro WRITE(text). */

export const WRITE_NUMBER = `static void write_number(uint32_t value) {
  char text[12];
  char *at = text + sizeof(text) - 1;
  *at = '\\0';
  do {
    *--at = (char)('0' + (int)(value % 10u));
    value /= 10u;
  } while (value != 0u);
  *--at = ' ';
  WRITE(at);
}
`;

export const CRC32 = `/* Of bytes behind others whose sum is \`before\`, 0 for none. */
static uint32_t crc32(uint32_t before, const uint8_t *bytes, uint32_t count) {
  uint32_t crc = ~before;
  for (uint32_t i = 0; i < count; i++) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1u) != 0u ? 0xedb88320u : 0u);
  }
  return ~crc;
}
`;
