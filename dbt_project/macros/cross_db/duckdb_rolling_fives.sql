{#- All that the windows need to know of the last five rows, as one struct. close_1 to close_5 are the
    sorted closes, infinite where one is missing; an extreme's age counts rows from today, that of
    the oldest among equals. -#}
{% macro duckdb_rolling_fives(relation, asked) %}
select
    {%- for name in duckdb_rolling_bar() %}
    {{ name }},
    {%- endfor %}
    is_context,
    {%- for name in asked %}
    {{ name }},
    {%- endfor %}
    struct_pack(
        close_1 := least(four_1, sortable_0),
        close_2 := greatest(four_1, least(four_2, sortable_0)),
        close_3 := greatest(four_2, least(four_3, sortable_0)),
        close_4 := greatest(four_3, least(four_4, sortable_0)),
        close_5 := greatest(four_4, sortable_0),
        close_ref := five_ref,
        {%- for name, term in duckdb_rolling_terms().items() %}
        {{ name }} := {{ lagged_terms(term, range(5), ' + ') }},
        {%- endfor %}
        {%- for extreme, name in [['high_max', 'high'], ['low_min', 'low']] %}
        {{ extreme }} := {{ extreme }},
        {{ name }}_key := {{ name }}_key,
        {{ name }}_age := case
            {%- for k in range(4, 0, -1) %}
            when bar_{{ k }}.{{ name }}_key = {{ name }}_key then {{ k }}
            {%- endfor %}
            else 0
        end,
        {%- endfor %}
        closes := {{ lagged_terms('seen_{k}', range(5), ' + ') }},
        volumes := {{ lagged_terms('traded_{k}', range(5), ' + ') }},
        counters :=
        {%- for condition in duckdb_rolling_counters().values() %}
        {%- set flag = 'cast(' ~ condition ~ ' as bigint)' %}
        (({{ lagged_terms(flag, range(5), ' + ') }}) << {{ 6 * loop.index0 }}){{ ' +' if not loop.last }}
        {%- endfor %}
    ) as five_0
from {{ relation }}
{%- endmacro %}
