/** Hashes of the password `pw`, by what they are. */
export const hashes = {
  /** The hashes that HAProxy verifies with the C library of Debian 12. */
  verified: {
    md5: '$1$abcdefgh$IQtUouv7y7Q9dRWkQEPCc.',
    sha256: '$5$abcdefgh$ijtOJ//yvc/9bq1g0llFn9dB688BwBDRD90DlKKSKE1',
    sha512: '$6$abcdefgh$KQeXafAQAaOoKTevphVU215RvJdgzyfASRasIOuh12hO8u0r1bGW92ZnTmC9IjsiQ8VPiTXBiZF49dFL1U4wX/',
    sha512WithRounds: '$6$rounds=1000$abcdefgh$XqwJcW6OI747PCzoKGoK/1tWSlKoh2vkjEp0I.CpQYUGXuxtpSzAi0rXpF1oWR/3/HfvxKLb7xwD0vymBsSv8/',
    bcrypt: '$2b$05$abcdefghijklmnopqrstuuHIrMEWpUCQe2YqFR3sXwQ75u4od..9q',
    bcryptOfHtpasswd: '$2y$10$abcdefghijklmnopqrstuuj7m4XYqbm74SxoBcXyw8to0CQ061DVG',
    yescrypt: '$y$j9T$abcdefghijklmn.$/FrcJcStALNc0Te4i313tHeLGtZ0I4g5/zkyCgq/yB6',
    gostYescrypt: '$gy$j9T$abcdefghijklmn.$fyMhSUeC7uvrWKAjYmgRepWLCepDfT1ZFIzqtmOiYX.',
  },
  /** Those that it does not verify, but for DES, of which nothing tells a hash from a password in clear. */
  refused: {
    apr1: '$apr1$abcdefgh$7p7F4sgXIuZKFhVHXNPyp1',
    sha1: '{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=',
    clear: 'correct-horse-battery',
    des: 'abzlUXK5ed5rs',
    damaged: '$6$abcdefgh$KQeXafAQAaOoKTevphVU215RvJdgzyfASRasIOuh12hO8u0r1bGW92Zn',
    locked: '!',
    injected: '$6$abcdefgh$KQeXafAQAaOoKTevphVU215RvJdgzyfASRasIOuh12hO8u0r1bGW92ZnTmC9IjsiQ8VPiTXBiZF49dFL1U4wX/ groups login',
    none: '',
  },
} as const;
