{#- Pearson correlation; a deviation within the rounding error of its sums is that of a flat window. -#}
{% macro duckdb_rolling_correlation(x, y, products, count, days) -%}
    case
        when
            {{ x }}_dev_{{ days }} > 1e-13 * {{ x }}_squares_{{ days }}
            and {{ y }}_dev_{{ days }} > 1e-13 * {{ y }}_squares_{{ days }}
            then (
                {{ products }}_{{ days }} - {{ x }}_{{ days }} * {{ y }}_{{ days }} / {{ count }}_{{ days }}
            ) / sqrt({{ x }}_dev_{{ days }} * {{ y }}_dev_{{ days }})
    end
{%- endmacro %}
