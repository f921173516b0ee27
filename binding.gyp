# A front door for node-gyp: CMakeLists.txt stays the one list of sources and flags.
#   npx node-gyp rebuild --nodedir="$(node -p 'require("path").resolve(process.execPath, "../..")')"
{
  'targets': [
    {
      'target_name': 'kinglet',
      'type': 'none',
      'actions': [
        {
          'action_name': 'cmake',
          'message': 'Building the addon with cmake-js',
          'inputs': ['CMakeLists.txt', '<!@(find native cmake -name "*.cpp" -o -name "*.h" -o -name "*.json" -o -name "*.cmake")'],
          'outputs': ['<(PRODUCT_DIR)/kinglet.node'],
          'action': ['node', 'cmake/node-gyp-action.cjs', '<(PRODUCT_DIR)'],
        },
      ],
    },
  ],
}
