{#- The 20 % and 80 % quantiles of the last 5 or 10 closes as a list, from the sorted fives. They lie
    between two order statistics, the k-th smallest of two sorted lists being the least over i of the
    larger of the i-th and the (k - i)-th; where a close is missing, the engine finds them among those
    that there are. -#}
{% macro duckdb_rolling_quantiles(days) -%}
    {%- set a = 'five_0_close_' -%}
    {%- set b = 'five_5_close_' -%}
    {%- set closes = lagged_terms('five_#_close_{k}', range(1, 6)) -%}
    case
        {%- if days == 5 %}
        when {{ a }}5 < 'infinity'
            then [{{ a }}1 + 0.8 * ({{ a }}2 - {{ a }}1), {{ a }}4 + 0.2 * ({{ a }}5 - {{ a }}4)]
        {%- else %}
        when greatest({{ a }}5, {{ b }}5) < 'infinity'
            then [
                0.2 * least(greatest({{ a }}1, {{ b }}1), {{ a }}2, {{ b }}2)
                + 0.8 * least(greatest({{ a }}1, {{ b }}2), greatest({{ a }}2, {{ b }}1), {{ a }}3, {{ b }}3),
                0.8 * greatest(least({{ a }}5, {{ b }}4), least({{ a }}4, {{ b }}5), {{ a }}3, {{ b }}3)
                + 0.2 * greatest(least({{ a }}5, {{ b }}5), {{ a }}4, {{ b }}4)
            ]
        {%- endif %}
        else {{ duckdb_rolling_quantiles_of('[' ~ lagged_terms(closes | replace('#', '{k}'), range(0, days, 5)) ~ ']') }}
    end
{%- endmacro %}


{% macro duckdb_rolling_quantiles_of(closes) -%}
    list_aggregate(list_filter({{ closes }}, lambda x: x < 'infinity'), 'quantile_cont', [0.2, 0.8])
{%- endmacro %}
