{{ feature_sets() }}
