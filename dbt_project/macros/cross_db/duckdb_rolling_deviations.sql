{#- The last five rows' deviations from the reference, 0 where a value is missing; the close where
    there is a volume beside it, the close ratio where there is a volume ratio; the extremes of two
    pairs of closes. -#}
{% macro duckdb_rolling_deviations(relation) %}
with

referenced as (
    select
        *,
        coalesce({{ lagged_terms('close_{k}', range(5)) }}) as five_ref,
        least(sortable_1, sortable_2) as low_a,
        greatest(sortable_1, sortable_2) as high_a,
        least(sortable_3, sortable_4) as low_b,
        greatest(sortable_3, sortable_4) as high_b
    from {{ relation }}
)

select
    *,
    {%- for k in range(5) %}
    coalesce(close_{{ k }} - five_ref, 0) as close_d{{ k }},
    coalesce(close_{{ k }} - five_ref + 0 * volume_{{ k }}, 0) as traded_close_d{{ k }},
    coalesce(volume_{{ k }}, 0) as volume_d{{ k }},
    coalesce(log_volume_{{ k }}, 0) as log_volume_d{{ k }},
    coalesce(move_{{ k }}, 0) as move_d{{ k }},
    coalesce(close_ratio_{{ k }} - 1, 0) as close_ratio_d{{ k }},
    coalesce(close_ratio_{{ k }} - 1 + 0 * volume_ratio_{{ k }}, 0) as paired_ratio_d{{ k }},
    coalesce(volume_ratio_{{ k }} - ln(cast(2 as double precision)), 0) as volume_ratio_d{{ k }},
    coalesce(close_change_{{ k }}, 0) as close_change_d{{ k }},
    coalesce(volume_change_{{ k }}, 0) as volume_change_d{{ k }},
    cast(close_{{ k }} is not null as double precision) as seen_{{ k }},
    cast(volume_{{ k }} is not null as double precision) as traded_{{ k }},
    {%- endfor %}
    least(low_a, low_b) as four_1,
    least(greatest(low_a, low_b), high_a, high_b) as four_2,
    greatest(least(high_a, high_b), low_a, low_b) as four_3,
    greatest(high_a, high_b) as four_4
from referenced
{%- endmacro %}
