import { Type } from 'typebox';

export const Credentials = Type.Object(
  {
    username: Type.String({ minLength: 1, maxLength: 200 }),
    password: Type.String({ minLength: 1, maxLength: 1000 }),
  },
  { additionalProperties: false },
);

export const User = Type.Object({ username: Type.String() });

export const Access = Type.Object({
  accessToken: Type.String({ description: 'Send as `Authorization: Bearer …`' }),
  expiresIn: Type.Integer({ description: 'Seconds' }),
  user: User,
});
