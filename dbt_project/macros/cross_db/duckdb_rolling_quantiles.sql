{#- The 20 % and 80 % quantiles of 5 or 10 closes as a list: between two order statistics of the
    sorted fives, the k-th smallest of two sorted lists being the least over i of the larger of the
    i-th and the (k - i)-th; where a close is missing, from the closes that there are. -#}
{% macro duckdb_rolling_quantiles(days) -%}
    {%- set a = 'five_0.close_' -%}
    {%- set b = 'five_5.close_' -%}
    {%- set closes = lagged_terms(a ~ '{k}', range(1, 6)) -%}
    case
        when closes_{{ days }} = {{ days }}
            {%- if days == 5 %}
            then [{{ a }}1 + 0.8 * ({{ a }}2 - {{ a }}1), {{ a }}4 + 0.2 * ({{ a }}5 - {{ a }}4)]
            {%- else %}
            {%- set closes = closes ~ ', ' ~ lagged_terms(b ~ '{k}', range(1, 6)) %}
            then [
                0.2 * least(greatest({{ a }}1, {{ b }}1), {{ a }}2, {{ b }}2)
                + 0.8 * least(greatest({{ a }}1, {{ b }}2), greatest({{ a }}2, {{ b }}1), {{ a }}3, {{ b }}3),
                0.8 * greatest(least({{ a }}5, {{ b }}4), least({{ a }}4, {{ b }}5), {{ a }}3, {{ b }}3)
                + 0.2 * greatest(least({{ a }}5, {{ b }}5), {{ a }}4, {{ b }}4)
            ]
            {%- endif %}
        else list_aggregate(
            list_filter([{{ closes }}], lambda x: x < 'infinity'), 'quantile_cont', [0.2, 0.8]
        )
    end
{%- endmacro %}
