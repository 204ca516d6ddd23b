/** Colours for projects that come without one; distinct, and readable on light and dark. */
export const PALETTE = [
  '#4c6ef5',
  '#0ca678',
  '#f08c00',
  '#e64980',
  '#7950f2',
  '#1098ad',
  '#d6336c',
  '#74b816',
  '#f76707',
  '#868e96',
];
