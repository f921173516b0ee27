/** Content-Type of what is sent past Fastify's own serialization. */
export const JSON_TYPE = 'application/json; charset=utf-8';
