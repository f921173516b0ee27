module.exports = { name: 'kinglet', napi_versions: [8] };
